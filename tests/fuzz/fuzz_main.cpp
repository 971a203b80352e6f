// Runs a fuzz target without libFuzzer: replays files, or mutates the target's seeds for a while.
//
// usage: NAME [--seconds N] [--seed N] [FILE…]
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/source_checks.h"

namespace {

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

// What is being run is kept, so that an abort leaves it behind.
void keep(const std::string& name, const std::string& input) {
  std::ofstream(name, std::ios::binary) << input;
}

}  // namespace

int main(int argc, char** argv) {
  long seconds = 10;
  std::uint64_t state = 1;
  bool replayed = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) seconds = std::stol(argv[++i]);
    else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) state = std::stoull(argv[++i]) | 1U;
    else {
      std::ifstream in(argv[i], std::ios::binary);
      run(std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>()));
      replayed = true;
    }
  }
  if (replayed) return 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  const std::string last = std::string(argv[0]) + ".last";
  std::vector<std::string> pool = fuzz_seeds();
  for (const std::string& seed : pool) run(seed);
  size_t runs = 0;
  for (; std::chrono::steady_clock::now() < end; ++runs) {
    std::string& origin = pool[runs % pool.size()];
    std::string input = triage::retrieval::mutated(origin, state);
    keep(last, input);
    run(input);
    // A mutant now and then takes its origin's place, so that changes pile up.
    if (state % 16 == 0 && input.size() < 20'000) origin = std::move(input);
    if (state % 512 == 0) pool = fuzz_seeds();
  }
  std::remove(last.c_str());
  std::printf("%zu runs, nothing found\n", runs);
  return 0;
}
