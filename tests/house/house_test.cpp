// Reads the source tree and holds it to the rules of the house. Each rule is a function from one file
// to complaints; each is first shown a small file that breaks it, so that it can't pass by being blind.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "pipeline/base/process.h"

namespace triage::house {
namespace {

struct File {
  std::string path;  // from the top of the tree
  std::string text;
};

using Complaints = std::vector<std::string>;
using Rule = std::function<Complaints(const File&)>;

bool is_header(const File& file) { return file.path.ends_with(".h"); }
bool is_code(const File& file) { return is_header(file) || file.path.ends_with(".cpp"); }
bool is_test(const File& file) { return file.path.starts_with("tests/"); }
bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}
bool is_under(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

std::string git(std::vector<std::string> words) {
  ProcessSpec spec;
  spec.argv = {"git", "-c", "safe.directory=*"};
  spec.argv.insert(spec.argv.end(), words.begin(), words.end());
  spec.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", "/nonexistent"}};
  spec.directory = TRIAGED_SOURCE_DIR;
  spec.keep_output = 8 * 1024 * 1024;
  auto result = run_process(spec);
  return result.ok() && result->success() ? result->out : std::string();
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    lines.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

// What git tracks, or (in an unpacked archive) what is there.
std::vector<std::string> tracked_paths() {
  std::vector<std::string> paths = lines_of(git({"ls-files"}));
  if (!paths.empty()) return paths;
  const std::filesystem::path top(TRIAGED_SOURCE_DIR);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) {
    const std::string path = std::filesystem::relative(entry.path(), top).string();
    const bool ours = !holds(path, "node_modules/") && !path.starts_with("build");
    if (entry.is_regular_file() && ours) paths.push_back(path);
  }
  return paths;
}

const std::vector<File>& tree() {
  static const std::vector<File> files = [] {
    std::vector<File> out;
    for (const std::string& path : tracked_paths()) {
      std::ifstream in(std::string(TRIAGED_SOURCE_DIR) + "/" + path, std::ios::binary);
      std::ostringstream text;
      if (in) text << in.rdbuf();
      if (in) out.push_back({path, text.str()});
    }
    return out;
  }();
  return files;
}

// The code without comments and literals, which may name what code may not use.
std::string bare_code(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with("//")) {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.substr(i).starts_with("/*")) {
      i = std::min(text.find("*/", i), text.size() - 2) + 2;
    } else if (text.substr(i).starts_with("R\"")) {
      const size_t open = std::min(text.find('(', i), text.size() - 1);
      const std::string close = ")" + std::string(text.substr(i + 2, open - i - 2)) + "\"";
      i = std::min(text.find(close, open), text.size() - close.size()) + close.size();
    } else if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"' && text[i] != '\n'; ++i) i += text[i] == '\\';
      ++i;
    } else {
      out += text[i++];
    }
  }
  return out;
}

struct Include {
  std::string path;
  bool ours = false;  // in quotes
};

std::vector<Include> includes_of(const File& file) {
  std::vector<Include> out;
  for (const std::string& line : lines_of(file.text)) {
    constexpr std::string_view kDirective = "#include ";
    if (!line.starts_with(kDirective) || line.size() < kDirective.size() + 3) continue;
    const char open = line[kDirective.size()];
    const size_t close = line.find(open == '<' ? '>' : '"', kDirective.size() + 1);
    if (close == std::string::npos) continue;
    out.push_back({line.substr(kDirective.size() + 1, close - kDirective.size() - 1), open == '"'});
  }
  return out;
}

// ---- the rules -----------------------------------------------------------------------------------

Complaints top_level(const File& file) {
  static const std::set<std::string, std::less<>> kAllowed{
      "CMakeLists.txt", "CMakePresets.json", "README.md", "config",  "connectors",
      "retrieval",      "pipeline",          "daemon",    "tests",   "deploy"};
  const std::string first = file.path.substr(0, file.path.find('/'));
  if (first.starts_with('.') || kAllowed.contains(first)) return {};
  return {first + " does not belong at the top"};
}

// What each folder may include of ours, besides itself.
struct Room {
  std::string_view folder;
  std::vector<std::string_view> may;
};

const std::vector<Room>& rooms() {
  static const std::vector<std::string_view> kStage{"pipeline/base", "pipeline/run.h",
                                                    "pipeline/run_json.h", "pipeline/stage.h",
                                                    "pipeline/budget.h",   "pipeline/edit_format.h",
                                                    "pipeline/transcript.h",
                                                    "retrieval",           "config"};
  const auto stage = [](std::vector<std::string_view> more) {
    std::vector<std::string_view> may = kStage;
    may.insert(may.end(), more.begin(), more.end());
    return may;
  };
  static const std::vector<Room> all{
      {"pipeline/base", {}},
      {"pipeline/classify", stage({})},
      {"pipeline/redact", stage({})},
      {"pipeline/propose", stage({"pipeline/redact", "pipeline/verify"})},
      {"pipeline/verify", stage({"pipeline/redact"})},
      {"pipeline/receipt", stage({})},
      {"pipeline/publish", stage({"pipeline/redact", "pipeline/receipt", "pipeline/verify"})},
      {"pipeline", {"retrieval", "config"}},
      {"connectors", {"pipeline/base"}},
      {"retrieval", {"pipeline/base"}},
      {"config", {"pipeline/base"}},
      {"daemon", {"pipeline", "connectors", "retrieval", "config"}},
  };
  return all;
}

Complaints include_direction(const File& file) {
  Complaints out;
  const auto room = std::ranges::find_if(
      rooms(), [&](const Room& r) { return is_under(file.path, r.folder); });
  if (!is_code(file) || room == rooms().end()) return out;
  for (const Include& include : includes_of(file)) {
    const auto reaches = [&](std::string_view folder) {
      return include.path == folder || is_under(include.path, folder);
    };
    if (!include.ours || reaches(room->folder) || !holds(include.path, "/") ||
        std::ranges::any_of(room->may, reaches))
      continue;
    out.push_back("includes " + include.path);
  }
  return out;
}

Complaints private_headers(const File& file) {
  Complaints out;
  if (!is_code(file) || is_test(file)) return out;
  for (const Include& include : includes_of(file)) {
    const std::string folder = include.path.substr(0, include.path.rfind('/'));
    if (include.ours && include.path.ends_with("_internal.h") && !is_under(file.path, folder))
      out.push_back("includes the private " + include.path);
  }
  return out;
}

Complaints base_headers(const File& file) {
  Complaints out;
  if (!is_header(file) || !is_under(file.path, "pipeline/base")) return out;
  for (const Include& include : includes_of(file)) {
    if (!include.ours && (holds(include.path, "/") || include.path.ends_with(".h")))
      out.push_back("includes <" + include.path + ">");
  }
  return out;
}

// Where a library may be used, and whether headers may name it.
struct Library {
  std::string_view include;  // how its headers begin
  std::vector<std::string_view> folders;
  bool in_private_headers = false;
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> all{
      {"boost/beast", {"daemon"}},
      {"boost/asio", {"daemon"}, true},
      {"boost/", {"daemon"}, true},
      {"yaml-cpp", {"config", "connectors"}, true},
      {"SQLiteCpp", {"daemon"}, true},
      {"sqlite3", {"daemon"}, true},
      {"re2/", {"pipeline/redact"}, true},
      {"tree_sitter", {"retrieval"}, true},
      {"git2", {"retrieval"}, true},
      {"simdjson", {"pipeline/base", "connectors"}, true},
      {"seccomp", {"pipeline/verify"}},
      {"spdlog", {"daemon"}},
  };
  return all;
}

Complaints library_places(const File& file) {
  Complaints out;
  if (!is_code(file) || is_test(file)) return out;
  for (const Include& include : includes_of(file)) {
    const auto library = std::ranges::find_if(libraries(), [&](const Library& l) {
      return !include.ours && include.path.starts_with(l.include);
    });
    if (library == libraries().end()) continue;
    const bool at_home = std::ranges::any_of(
        library->folders, [&](std::string_view folder) { return is_under(file.path, folder); });
    const bool hidden = !is_header(file) ||
                        (library->in_private_headers && file.path.ends_with("_internal.h"));
    if (!at_home) out.push_back("may not use <" + include.path + ">");
    if (!hidden) out.push_back("shows <" + include.path + "> in a header");
  }
  return out;
}

Complaints forbidden_words(const File& file) {
  Complaints out;
  if (!is_code(file)) return out;
  // In two parts, so that this file does not hold what it looks for.
  static const std::array<std::string, 3> kKeywords{std::string("co_") + "await",
                                                    std::string("co_") + "return",
                                                    std::string("co_") + "yield"};
  const std::string code = bare_code(file.text);
  for (const std::string& word : kKeywords) {
    if (holds(code, word)) out.push_back("uses " + word);
  }
  const std::string regex = std::string("std::") + "regex";
  if (holds(code, regex) || holds(code, std::string("#include <") + "regex>"))
    out.push_back("uses " + regex);
  for (const std::string& mark : {std::string("TO") + "DO", std::string("FIX") + "ME"}) {
    for (const std::string& line : lines_of(file.text)) {
      const size_t comment = line.find("//");
      if (comment != std::string::npos && holds(std::string_view(line).substr(comment), mark))
        out.push_back("holds a " + mark);
    }
  }
  return out;
}

// A thread's outermost frame may catch what nobody knew of; elsewhere it would hide faults.
Complaints catch_all(const File& file) {
  static const std::set<std::string, std::less<>> kAllowed{
      "daemon/http_server.cpp", "daemon/io_thread.cpp",   "daemon/outbox.cpp",
      "daemon/run_passage.cpp", "daemon/unix_http_host.cpp", "daemon/worker_pool.cpp",
      "daemon/main/main.cpp"};
  if (!is_code(file) || is_test(file) || kAllowed.contains(file.path)) return {};
  return holds(bare_code(file.text), "catch (...)") ? Complaints{"catches everything"} : Complaints{};
}

Complaints length(const File& file) {
  constexpr size_t kMost = 600;
  const auto lines = static_cast<size_t>(std::ranges::count(file.text, '\n'));
  if (!is_code(file) || lines <= kMost) return {};
  return {"has " + std::to_string(lines) + " lines"};
}

Complaints header_opening(const File& file) {
  Complaints out;
  if (!is_header(file)) return out;
  if (!file.text.starts_with("//")) out.emplace_back("does not open with a comment");
  if (!holds(file.text, "\n#pragma once\n")) out.emplace_back("lacks #pragma once");
  return out;
}

// Paths of somebody's machine; /tmp, /var, /usr and the like are everybody's.
Complaints machine_paths(const File& file) {
  static const std::array<std::string, 4> kParts{
      std::string("/ho") + "me/", std::string("/wo") + "rk/", std::string("/ro") + "ot/",
      std::string("/Us") + "ers/"};
  Complaints out;
  if (is_under(file.path, "tests/fixtures") || is_under(file.path, "tests/golden")) return out;
  const std::string before = " \t\n\"'`(=:<>";
  for (const std::string& part : kParts) {
    for (size_t at = file.text.find(part); at != std::string::npos; at = file.text.find(part, at + 1)) {
      const bool starts = at == 0 || holds(before, std::string_view(&file.text[at - 1], 1));
      // In tests and documents a person's directory is an example: a trace has such paths.
      const bool example = part != kParts[1] && (is_test(file) || file.path.ends_with(".md"));
      if (starts && !example) out.push_back("names " + file.text.substr(at, 24));
    }
  }
  return out;
}

// The rule's complaints about the whole tree, one line each.
std::string complaints_of(const Rule& rule) {
  std::string out;
  for (const File& file : tree()) {
    for (const std::string& complaint : rule(file)) out += file.path + ": " + complaint + "\n";
  }
  return out;
}

// First the control: the rule must see what breaks it and spare what does not.
void check(const Rule& rule, const std::vector<File>& bad, const std::vector<File>& good) {
  for (const File& file : bad) {
    CAPTURE(file.path);
    CAPTURE(file.text);
    REQUIRE_FALSE(rule(file).empty());
  }
  for (const File& file : good) {
    CAPTURE(file.path);
    CAPTURE(file.text);
    REQUIRE(rule(file).empty());
  }
  CHECK(complaints_of(rule) == "");
}

}  // namespace

TEST_SUITE("house") {
  TEST_CASE("house: the tree is there to be looked at") {
    CHECK(tree().size() > 200);
    for (const Room& room : rooms())
      CHECK(std::ranges::any_of(tree(), [&](const File& f) { return is_under(f.path, room.folder); }));
  }

  TEST_CASE("house: the top level holds what the design names") {
    check(top_level, {{"src/a.cpp", ""}, {"notes.md", ""}}, {{"daemon/a.cpp", ""}, {".ci/run", ""}});
  }

  TEST_CASE("house: nothing includes upward or sideways") {
    check(include_direction,
          {{"pipeline/base/a.h", "#include \"pipeline/run.h\"\n"},
           {"connectors/a.cpp", "#include \"config/settings.h\"\n"},
           {"retrieval/a.cpp", "#include \"pipeline/run.h\"\n"},
           {"config/a.h", "#include \"retrieval/index.h\"\n"},
           {"pipeline/verify/a.cpp", "#include \"pipeline/propose/edits.h\"\n"},
           {"pipeline/publish/a.cpp", "#include \"daemon/store.h\"\n"},
           {"pipeline/stages.cpp", "#include \"connectors/connector.h\"\n"}},
          {{"daemon/a.cpp", "#include \"connectors/connector.h\"\n#include <vector>\n"},
           {"pipeline/propose/a.cpp", "#include \"pipeline/redact/redact.h\"\n"},
           {"pipeline/stages.cpp", "#include \"pipeline/verify/verify.h\"\n"},
           {"tests/a.cpp", "#include \"daemon/store.h\"\n"}});
  }

  TEST_CASE("house: private headers stay in their folder") {
    check(private_headers, {{"daemon/a.cpp", "#include \"config/yaml_internal.h\"\n"}},
          {{"config/a.cpp", "#include \"config/yaml_internal.h\"\n"}});
  }

  TEST_CASE("house: the words of the domain need the standard library only") {
    check(base_headers,
          {{"pipeline/base/a.h", "#include <openssl/evp.h>\n"},
           {"pipeline/base/a.h", "#include <simdjson.h>\n"}},
          {{"pipeline/base/a.h", "#include <vector>\n"},
           {"pipeline/base/a.cpp", "#include <simdjson.h>\n"}});
  }

  TEST_CASE("house: each library stays in its folders and out of headers that others see") {
    check(library_places,
          {{"connectors/a.cpp", "#include <boost/asio/post.hpp>\n"},
           {"daemon/a_internal.h", "#include <boost/beast/http.hpp>\n"},
           {"daemon/a.h", "#include <boost/asio/io_context.hpp>\n"},
           {"daemon/a.cpp", "#include <yaml-cpp/yaml.h>\n"},
           {"pipeline/classify/a.cpp", "#include <re2/re2.h>\n"},
           {"pipeline/publish/a.cpp", "#include <SQLiteCpp/SQLiteCpp.h>\n"},
           {"retrieval/a.h", "#include <git2.h>\n"},
           {"daemon/a.cpp", "#include <tree_sitter/api.h>\n"},
           {"pipeline/base/json.h", "#include <simdjson.h>\n"}},
          {{"daemon/a.cpp", "#include <boost/beast/http/read.hpp>\n"},
           {"daemon/a_internal.h", "#include <boost/asio/io_context.hpp>\n"},
           {"retrieval/a.cpp", "#include <git2/blob.h>\n"}});
  }

  TEST_CASE("house: Beast is in at most four files") {
    const auto uses_beast = [](const File& file) {
      return !is_test(file) && is_code(file) && holds(file.text, "#include <boost/beast/");
    };
    CHECK(uses_beast({"daemon/a.cpp", "#include <boost/beast/http/read.hpp>\n"}));
    const auto users = std::ranges::count_if(tree(), uses_beast);
    CHECK(users > 0);
    CHECK(users <= 4);
  }

  TEST_CASE("house: no coroutines, no std regex, nothing left for later") {
    check(forbidden_words,
          {{"a.cpp", std::string("void f() { co_") + "await g(); }\n"},
           {"a.h", std::string("int f() { co_") + "return 1; }\n"},
           {"a.cpp", std::string("std::") + "regex r;\n"},
           {"a.cpp", std::string("// TO") + "DO later\n"},
           {"a.cpp", std::string("int a;  // FIX") + "ME: soon\n"}},
          {{"a.cpp", std::string("auto mark = \"# TO") + "DO \";  // of a test report\n"},
           {"a.cpp", std::string("// why there is no co_") + "await here\n"},
           {"a.cpp", std::string("auto s = \"co_") + "yield\";\n"}});
  }

  TEST_CASE("house: only a thread's outermost frame catches everything") {
    check(catch_all, {{"pipeline/a.cpp", "try { f(); } catch (...) {}\n"}},
          {{"daemon/io_thread.cpp", "try { f(); } catch (...) {}\n"},
           {"pipeline/a.cpp", "// no catch (...) here\n"}});
  }

  TEST_CASE("house: no file is longer than can be read in one sitting") {
    check(length, {{"a.cpp", std::string(601, '\n')}},
          {{"a.cpp", std::string(600, '\n')}, {"a.md", std::string(900, '\n')}});
  }

  TEST_CASE("house: a header opens with what it is, and is read once") {
    check(header_opening,
          {{"a.h", "#pragma once\nint a;\n"}, {"a.h", "// What this is.\nint a;\n"}},
          {{"a.h", "// What this is.\n#pragma once\n"}});
  }

  TEST_CASE("house: nothing names a path of somebody's machine") {
    check(machine_paths,
          {{"a.cpp", std::string("open(\"/ho") + "me/jane/x\")"},
           {"CMakeLists.txt", std::string("include(/wo") + "rk/x.cmake)"}},
          {{"a.cpp", std::string("\"https://a.example/ho") + "me/\""}, {"a.cpp", "\"/var/lib/triaged\""}});
  }
}

}  // namespace triage::house
