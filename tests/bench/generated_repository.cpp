#include "tests/bench/generated_repository.h"

#include <stdlib.h>

#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace triage::bench {
namespace {

constexpr unsigned kFolders = 40;
constexpr unsigned kCommits = 30;

constexpr std::array<const char*, 24> kNouns{
    "invoice", "parcel",  "tariff", "ledger",  "voucher", "address", "country", "refund",
    "basket",  "account", "locale", "session", "journal", "receipt", "carrier", "package",
    "balance", "archive", "window", "setting", "channel", "address", "contract", "member"};
constexpr std::array<const char*, 16> kVerbs{"load",   "parse",  "merge",  "render", "collect",
                                             "assign", "update", "remove", "convert", "validate",
                                             "export", "import", "lookup", "filter", "group",
                                             "format"};

// The same numbers everywhere (splitmix64).
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  size_t below(size_t limit) {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return static_cast<size_t>((z ^ (z >> 31U)) % limit);
  }
  template <size_t N>
  std::string one_of(const std::array<const char*, N>& words) {
    return words[below(N)];
  }

 private:
  std::uint64_t state_;
};

struct Language {
  const char* ending;
  const char* comment;
  const char* head;  // of a function: before its name
  const char* open;
  const char* line;  // of a body; %n and %m are names
  const char* close;
};

constexpr std::array<Language, 4> kLanguages{{
    {".py", "#", "def ", "(record, options=None):\n", "    %n = record.get(\"%m\", %n)\n",
     "    return %n\n\n\n"},
    {".js", "//", "function ", "(record, options) {\n", "  const %n = record.%m || options;\n",
     "  return options;\n}\n\n"},
    {".go", "//", "func ", "(record map[string]string) string {\n", "\t%n := record[\"%m\"]\n",
     "\treturn \"\"\n}\n\n"},
    {".ts", "//", "export function ", "(record: Row, options: Options) {\n",
     "  const %n = record.%m;\n", "  return options;\n}\n\n"},
}};

std::string filled(std::string text, const std::string& n, const std::string& m) {
  for (size_t at = text.find('%'); at != std::string::npos; at = text.find('%', at + 1))
    text.replace(at, 2, text[at + 1] == 'n' ? n : m);
  return text;
}

std::string module_text(unsigned number, unsigned version) {
  const Language& language = kLanguages[number % kLanguages.size()];
  Numbers numbers(number + 1);
  std::string text = std::string(language.comment) + " Version " + std::to_string(version) + ".\n";
  if (std::string(language.ending) == ".go") text += "package module\n\n";
  for (int function = 0; function < 6; ++function) {
    const std::string verb = numbers.one_of(kVerbs), noun = numbers.one_of(kNouns);
    text += std::string(language.comment) + " Used when a customer wants to " + verb + " a " + noun +
            ".\n" + language.head + verb + "_" + noun + "_" + std::to_string(number) + language.open;
    for (size_t line = 0; line < 6 + numbers.below(8); ++line)
      text += filled(language.line, numbers.one_of(kNouns) + std::to_string(line),
                     numbers.one_of(kNouns));
    text += filled(language.close, "record", "");
  }
  return text;
}

std::string module_path(unsigned number) {
  Numbers numbers(number + 1'000'000);
  return "area" + std::to_string(number % kFolders) + "/" + numbers.one_of(kNouns) + "_" +
         std::to_string(number) + kLanguages[number % kLanguages.size()].ending;
}

const std::map<std::string, std::string>& shop() {
  static const std::map<std::string, std::string> files{
      {"shop/__init__.py", ""},
      {"shop/pricing.py",
       "RATES = {\"SAVE10\": 10}\n\n\ndef apply_discount(cents, code):\n"
       "    \"\"\"The price after the discount of a code, in cents.\"\"\"\n"
       "    rate = RATES[code]\n    return cents - cents * rate // 100\n"},
      {"tests/__init__.py", ""},
      {"tests/test_pricing.py",
       "import unittest\n\nfrom shop.pricing import apply_discount\n\n\n"
       "class PricingTest(unittest.TestCase):\n    def test_known_code(self):\n"
       "        self.assertEqual(apply_discount(1000, \"SAVE10\"), 900)\n"}};
  return files;
}

// What git fast-import reads.
std::string history(unsigned files) {
  std::string stream;
  for (unsigned commit = 0; commit < kCommits; ++commit) {
    stream += "commit refs/heads/main\ncommitter Ada Lovelace <ada@example.com> " +
              std::to_string(1'767'225'600 + 86'400UL * commit) + " +0000\ndata <<END\nstep " +
              std::to_string(commit) + "\nEND\n";
    const auto add = [&](const std::string& path, const std::string& text) {
      stream += "M 100644 inline " + path + "\ndata " + std::to_string(text.size()) + "\n" + text +
                "\n";
    };
    for (unsigned file = 0; file < files; ++file) {
      if (commit == 0 || (file * 7 + commit) % 53 == 0) add(module_path(file), module_text(file, commit));
    }
    if (commit == 0) {
      for (const auto& [path, text] : shop()) add(path, text);
    }
  }
  return stream + "done\n";
}

}  // namespace

const char* const kTicket =
    "Checkout fails with a code in small letters\n\nSince Tuesday our customers can't pay when they "
    "type save10. The log says:\n\nTraceback (most recent call last):\n"
    "  File \"/srv/app/shop/pricing.py\", line 6, in apply_discount\n    rate = RATES[code]\n"
    "KeyError: 'save10'\n";

const char* const kAnswer =
    "## Headline\nCodes are looked up as they were typed\n\n## Cause\nThe table holds upper case "
    "only, `shop/pricing.py:6`.\n\n## Confidence\nhigh\n\n## Title\nAccept discount codes in any "
    "case\n\n## Change\nLooks the code up in upper case.\n\n## Edits\n### shop/pricing.py\n```\n"
    "<<<<<<< SEARCH\n    rate = RATES[code]\n=======\n    rate = RATES[code.upper()]\n>>>>>>> "
    "REPLACE\n```\n\n### tests/test_pricing.py\n```\n<<<<<<< SEARCH\n    def "
    "test_known_code(self):\n=======\n    def test_small_letters(self):\n"
    "        self.assertEqual(apply_discount(1000, \"save10\"), 900)\n\n    def "
    "test_known_code(self):\n>>>>>>> REPLACE\n```\n";

Result<void> git(const std::string& directory, std::vector<std::string> words, std::string input) {
  ProcessSpec spec;
  spec.argv = {"git", "-c", "safe.directory=*"};
  spec.argv.insert(spec.argv.end(), words.begin(), words.end());
  spec.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", directory},
              {"GIT_CONFIG_NOSYSTEM", "1"}};
  spec.directory = directory;
  spec.input = std::move(input);
  const ProcessResult done = TRY(run_process(spec));
  // git grep ends with 1 where it finds nothing.
  if (done.exit_code > 1) return Error{ErrorKind::unavailable, "git " + words.front() + ": " + done.err};
  return {};
}

GeneratedRepository::GeneratedRepository(std::filesystem::path directory)
    : directory_(std::move(directory)) {}

GeneratedRepository::GeneratedRepository(GeneratedRepository&& other) noexcept
    : directory_(std::exchange(other.directory_, {})) {}

GeneratedRepository::~GeneratedRepository() {
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

Result<GeneratedRepository> GeneratedRepository::make(unsigned files) {
  std::string pattern = (std::filesystem::temp_directory_path() / "triaged-bench-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return Error{ErrorKind::unavailable, "no temporary directory"};
  GeneratedRepository repository{std::filesystem::path(pattern)};
  std::filesystem::create_directory(repository.path());
  TRY(git(repository.path(), {"init", "--quiet", "--initial-branch=main", "."}));
  TRY(git(repository.path(), {"fast-import", "--quiet", "--done"}, history(files)));
  return repository;
}

}  // namespace triage::bench
