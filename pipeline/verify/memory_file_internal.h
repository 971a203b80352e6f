// Unnamed files in memory, to hand text to a child by descriptor. Private to this folder.
#pragma once

#include <string>
#include <string_view>

#include "pipeline/base/fd.h"
#include "pipeline/base/result.h"

namespace triage::verify {

// An unnamed file in memory that holds `bytes`, read from its start. Its number is high enough
// never to be in the way of the numbers that a child gets.
Result<Fd> memory_file(std::string_view bytes);

// What a memory file holds by now. Bounded: at most 64 KiB.
std::string read_memory_file(const Fd& file);

}  // namespace triage::verify
