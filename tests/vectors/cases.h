// The cases of the conformance vectors, each with the result that it must have, written down by hand: a generator that
// asked the verifier would agree with it in everything.
#pragma once

#include <map>
#include <string>

#include "tests/vectors/vector_file.h"

namespace tamizdat::format {

// By path below tests/vectors, without the ending: "bundle/entry-altered".
using Cases = std::map<std::string, Vector>;

void add_text_cases(Cases& cases);        // base64, ids
void add_signature_cases(Cases& cases);   // seeds, signatures
void add_log_cases(Cases& cases);         // runs, checkpoints, heads
void add_charter_cases(Cases& cases);     // chains that hold or break
void add_charter_form_cases(Cases& cases);  // what one charter must look like
void add_entry_cases(Cases& cases);       // headers, bodies, sealed bodies
void add_sealed_cases(Cases& cases);      // slots, letters, submissions
void add_bundle_cases(Cases& cases);
void add_blob_cases(Cases& cases);        // leaves, blocks
void add_archive_cases(Cases& cases);
void add_witness_cases(Cases& cases);  // cosigned heads, receipts, descriptors of relays
void add_statement_cases(Cases& cases);
void add_freshness_cases(Cases& cases);
void add_charter_decision_cases(Cases& cases);

// All of them, with their facts. Aborts, naming the case, where the verifier's result is not the one written down.
Cases all_cases();

// Inputs for the fuzz targets, by path below tests/data/fuzz: the payloads of the cases, the big ones left out.
std::map<std::string, Bytes> fuzz_seeds(const Cases& cases);

}  // namespace tamizdat::format
