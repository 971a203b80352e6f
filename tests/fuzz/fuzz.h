// What a fuzz target gives: a body that aborts on a broken rule, and seeds to begin mutating from.
//
// With clang the targets link libFuzzer; elsewhere fuzz_main.cpp mutates the seeds by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
std::vector<std::string> fuzz_seeds();
