// The lexer and both chunkers. The first byte picks the language.
#include <cstdio>
#include <cstdlib>

#include "retrieval/attributes_internal.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/source_checks.h"

using namespace triage::retrieval;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Chunker chunker;
  if (size == 0) return 0;
  const Language& language = languages()[data[0] % languages().size()];
  const std::string source(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string complaint = complaint_about_source(source, language, chunker);
  if (!complaint.empty()) {
    std::fprintf(stderr, "%s: %s\n", std::string(language.name).c_str(), complaint.c_str());
    std::abort();
  }
  const Attributes attributes(std::vector<Attributes::File>{{".gitattributes", source}});
  static_cast<void>(role_of(source.substr(0, 80), attributes));
  static_cast<void>(looks_generated(source));
  return 0;
}

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const Sample& sample : source_samples()) {
    const auto index = static_cast<size_t>(&language_of(sample.path) - languages().data());
    seeds.push_back(static_cast<char>(index) + std::string(sample.content));
  }
  return seeds;
}
