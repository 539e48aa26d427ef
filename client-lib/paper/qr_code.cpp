#include "client-lib/paper/qr_code.h"

#include <qrencode.h>

#include <memory>

namespace tamizdat::paper {
namespace {

constexpr int kQuietZone = 4;  // modules around it, ISO/IEC 18004 section 9.1

struct Free {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

}  // namespace

Result<std::string> qr_code_svg(std::string_view text) {
  const std::string copy(text);
  const std::unique_ptr<QRcode, Free> code(QRcode_encodeString(copy.c_str(), 0, QR_ECLEVEL_Q, QR_MODE_8, 1));
  if (!code) return fail(kQrCodeFailed, "the text is too long for a QR code");
  const int width = code->width;
  const std::string side = std::to_string(width + 2 * kQuietZone);
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " + side +
                    "\" shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"QR code\"><path fill=\"#fff\" d=\"M0 0h" + side + "v" + side +
                    "H0z\"/><path fill=\"#000\" d=\"";
  for (int y = 0; y < width; ++y)
    for (int x = 0; x < width; ++x)
      if ((code->data[y * width + x] & 1U) != 0)
        out += "M" + std::to_string(x + kQuietZone) + " " + std::to_string(y + kQuietZone) + "h1v1h-1z";
  return out + "\"/></svg>";
}

}  // namespace tamizdat::paper
