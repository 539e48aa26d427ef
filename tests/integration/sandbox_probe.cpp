// Tries, in the sandbox of tamizdat-image, what hostile octets would try if they took its decoder over.
//
//     sandbox_probe ATTEMPT
//
// Exit code 0: it worked. 1: it was denied with an error. SIGSYS: the kernel ended the process.
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "client-lib/image/confine.h"

namespace {

bool starts_a_thread() {
  bool ran = false;
  std::thread([&] { ran = true; }).join();
  return ran;
}

bool runs_a_program() {
  char name[] = "/bin/true";
  char* words[]{name, nullptr};
  char* environment[]{nullptr};
  return ::execve(name, words, environment) == 0;
}

bool makes_code() {
  return ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

bool turns_data_into_code() {
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return ::mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

bool takes_much_memory() {
  return ::mmap(nullptr, std::size_t{3} << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

bool raises_its_limits() {
  const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  return ::setrlimit(RLIMIT_AS, &all) == 0;
}

const std::map<std::string, std::function<bool()>> kAttempts{
    // What it must be able to do.
    {"write", [] { return ::write(STDOUT_FILENO, "x", 1) == 1; }},
    {"thread", starts_a_thread},
    {"memory", [] { return ::mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED; }},
    // What it must not.
    {"read-file", [] { return ::open("/etc/passwd", O_RDONLY) >= 0; }},
    {"write-file", [] { return ::open("/tmp/tamizdat-sandbox-probe", O_WRONLY | O_CREAT, 0600) >= 0; }},
    {"stat-file", [] { struct stat about {}; return ::stat("/etc/passwd", &about) == 0; }},
    {"much-memory", takes_much_memory},
    {"delete-file", [] { return ::unlink("/tmp/tamizdat-sandbox-probe") == 0; }},
    {"open-by-handle", [] { return ::syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", nullptr, 0) >= 0; }},
    {"duplicate", [] { return ::dup(STDOUT_FILENO) >= 0; }},
    {"socket", [] { return ::socket(AF_INET, SOCK_STREAM, 0) >= 0; }},
    {"local-socket", [] { return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0; }},
    {"program", runs_a_program},
    {"process", [] { return ::fork() >= 0; }},
    {"new-namespace", [] { return ::syscall(SYS_unshare, 0x10000000) == 0; }},
    {"trace", [] { return ::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr) == 0; }},
    {"signal-to-another", [] { return ::kill(::getppid(), SIGTERM) == 0; }},
    {"read-another", [] { return ::syscall(SYS_process_vm_readv, ::getpid(), nullptr, 0, nullptr, 0, 0) >= 0; }},
    {"code", makes_code},
    {"data-to-code", turns_data_into_code},
    {"own-limits", raises_its_limits},
    {"be-traced-again", [] { return ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0; }},
    {"io-uring", [] { return ::syscall(SYS_io_uring_setup, 1, nullptr) >= 0; }},
    {"terminal", [] { return ::syscall(SYS_ioctl, 0, 0x5412, "x") == 0; }},
};

}  // namespace

int main(int count, char** words) {
  const auto attempt = kAttempts.find(count == 2 ? words[1] : "");
  if (attempt == kAttempts.end()) {
    std::fputs("sandbox_probe: name one of the attempts\n", stderr);
    return 64;
  }
  if (!tamizdat::image::limit_resources() || !tamizdat::image::enter_sandbox()) return 70;
  ::_exit(attempt->second() ? 0 : 1);
}
