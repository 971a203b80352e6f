#include "pipeline/propose/reproduction.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <set>
#include <tuple>

#include "pipeline/base/ids.h"
#include "pipeline/propose/lines.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxScript = 64 * 1024;
constexpr size_t kMaxScripts = 50;
constexpr size_t kMinModule = 2;

// A language's names in fences, its file extension, and how its tests are called.
struct Language {
  std::string_view name;
  std::array<std::string_view, 5> fences;
  std::string_view extension;
  std::string_view prefix, suffix;  // of a test's file name, where the repository has no custom
};
constexpr std::array kLanguages{
    Language{"python", {"python", "py", "python3", "pycon", "pytb"}, ".py", "test_", ""},
    Language{"sh", {"sh", "bash", "shell", "console", "zsh"}, ".sh", "test_", ""},
    Language{"javascript", {"javascript", "js", "node", "mjs", "jsx"}, ".js", "", ".test"},
};

struct Script {
  std::string_view language;  // empty: not said
  std::string code;
};

std::string_view language_of_fence(std::string_view info) {
  const std::string name = lower_ascii(info.substr(0, info.find_first_of(" {:")));
  for (const Language& language : kLanguages) {
    if (std::ranges::find(language.fences, name) != language.fences.end()) return language.name;
  }
  return {};
}

bool has_word(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool starts = at == 0 || !is_word_char(text[at - 1]);
    if (starts && (end == text.size() || !is_word_char(text[end]))) return true;
  }
  return false;
}

bool starts_import(std::string_view line) {
  return line.starts_with("import ") || line.starts_with("from ");
}

std::string_view guess_language(std::string_view code) {
  if (code.starts_with("#!")) {
    const std::string_view first = code.substr(0, code.find('\n'));
    if (first.find("python") != std::string_view::npos) return "python";
    return first.find("node") != std::string_view::npos ? "javascript" : "sh";
  }
  for (std::string_view line : split_lines(code)) {
    line = trim(line);
    if (line.starts_with("$ ")) return "sh";
    if (line.starts_with(">>> ")) return "python";
    if (line.find("require(") != std::string_view::npos || line.starts_with("const "))
      return "javascript";
    if (starts_import(line)) return line.ends_with(';') ? "javascript" : "python";
  }
  return {};
}

// A pasted session without its prompts and what was printed: ">>> f(1)" → "f(1)", "$ ls" → "ls".
std::string without_prompts(const std::string& code, std::string_view prompt,
                            std::string_view more) {
  if (!code.starts_with(prompt) && code.find("\n" + std::string(prompt)) == std::string::npos) {
    return code;
  }
  std::string typed;
  for (const std::string_view line : split_lines(code)) {
    if (line.starts_with(prompt)) {
      typed.append(line.substr(prompt.size())).push_back('\n');
    } else if (!more.empty() && line.starts_with(more)) {
      typed.append(line.substr(std::min(line.size(), more.size() + 1))).push_back('\n');
    }
  }
  return typed;
}

// Code blocks of Markdown, whole scripts, then commands and imports that stand in the prose.
void add_fenced(std::string_view text, std::vector<Script>& scripts) {
  bool open = false;
  Script script;
  for (const std::string_view line : split_lines(text)) {
    const std::string_view mark = trim(line);
    if (!mark.starts_with("```") && !mark.starts_with("~~~")) {
      if (open) script.code.append(line).push_back('\n');
      continue;
    }
    if (open) scripts.push_back(std::move(script));
    script = {};
    open = !open;
    script.language = language_of_fence(trim(mark.substr(3)));
  }
}

bool looks_like_code(std::string_view line) {
  if (line.empty() || line.starts_with(' ') || line.starts_with('\t') || line.starts_with('#'))
    return true;
  if (starts_import(line) || line.ends_with(':')) return true;
  return line.find_first_of("=()[]") != std::string_view::npos && !line.ends_with('.');
}

void add_loose(std::string_view text, std::vector<Script>& scripts) {
  Script commands{"sh", ""};
  Script session{"python", ""};
  Script python{"python", ""};
  bool fenced = false;
  for (const std::string_view line : split_lines(text)) {
    if (trim(line).starts_with("```")) fenced = !fenced;
    if (fenced) continue;
    const std::string_view typed = trim(line);
    if (typed.starts_with("$ ")) commands.code.append(typed).push_back('\n');
    if (typed.starts_with(">>>") || (typed.starts_with("...") && !session.code.empty())) {
      session.code.append(typed).push_back('\n');
    }
    const bool going = !python.code.empty() && !python.code.ends_with("\n\n\n");
    if (starts_import(line) || (going && looks_like_code(line))) {
      python.code.append(line).push_back('\n');
    } else if (going) {
      python.code.append("\n\n\n");  // prose ends it for good
    }
  }
  for (Script* script : {&session, &python, &commands}) {
    if (!script->code.empty()) scripts.push_back(std::move(*script));
  }
}

// What the project's own modules and files are called.
struct Names {
  std::set<std::string> modules;  // python
  std::set<std::string> files;    // whole paths
};

Names names_of(const std::vector<std::string>& paths) {
  Names names;
  for (const std::string& path : paths) {
    names.files.insert(path);
    if (!path.ends_with(".py")) continue;
    std::string_view inner = path;
    if (inner.starts_with("src/") || inner.starts_with("lib/")) inner.remove_prefix(4);
    const size_t slash = inner.find('/');
    std::string_view module = inner.substr(0, slash);
    if (slash == std::string_view::npos) module.remove_suffix(3);
    if (module.size() >= kMinModule && module != "tests" && module != "test" && module != "setup") {
      names.modules.emplace(module);
    }
  }
  return names;
}

bool speaks_of_module(std::string_view code, const Names& names) {
  for (std::string_view line : split_lines(code)) {
    line = trim(line);
    if (!starts_import(line)) continue;
    for (const std::string& module : names.modules) {
      if (has_word(line, module)) return true;
    }
  }
  return false;
}

// Words that may be paths, without a leading "./" or "../".
std::vector<std::string> path_words(std::string_view code) {
  std::vector<std::string> words;
  const auto inside = [](char c) { return is_word_char(c) || c == '.' || c == '/' || c == '-'; };
  for (size_t at = 0; at < code.size();) {
    size_t end = at;
    while (end < code.size() && inside(code[end])) ++end;
    std::string_view word = code.substr(at, end - at);
    while (word.starts_with("./") || word.starts_with("../")) {
      word.remove_prefix(word.find('/') + 1);
    }
    if (!word.empty()) words.emplace_back(word);
    at = end + 1;
  }
  return words;
}

bool speaks_of_file(std::string_view code, const Names& names) {
  return std::ranges::any_of(path_words(code), [&](const std::string& word) {
    return word.find_first_of("./") != std::string::npos && names.files.contains(word);
  });
}

bool runs_module(std::string_view code, const Names& names) {
  return std::ranges::any_of(names.modules, [&](const std::string& module) {
    return has_word(code, "-m " + module) || has_word(code, "import " + module) ||
           has_word(code, "from " + module);
  });
}

// require("../src/cart") names src/cart.js.
bool requires_file(std::string_view code, const Names& names) {
  return std::ranges::any_of(path_words(code), [&](const std::string& word) {
    return word.find('/') != std::string::npos &&
           (names.files.contains(word) || names.files.contains(word + ".js") ||
            names.files.contains(word + ".mjs"));
  });
}

bool concerns_project(const Script& script, const Names& names) {
  if (script.language == "python") return speaks_of_module(script.code, names);
  if (script.language == "sh")
    return runs_module(script.code, names) || speaks_of_file(script.code, names);
  return requires_file(script.code, names);
}

std::vector<Script> scripts_in(const Run& run) {
  std::vector<Script> scripts;
  const Redaction& redaction = *run.redaction;
  std::vector<std::string_view> texts{redaction.body.str()};
  for (const SafeText& comment : redaction.comments) texts.push_back(comment.str());
  for (const std::string_view text : texts) {
    add_fenced(text, scripts);
    if (text.starts_with("#!")) scripts.push_back({{}, std::string(text)});
    add_loose(text, scripts);
  }
  const size_t attached = std::min(redaction.attachments.size(), run.ticket.attachments.size());
  for (size_t i = 0; i < attached; ++i) {
    for (const Language& language : kLanguages) {
      if (!run.ticket.attachments[i].name.ends_with(language.extension)) continue;
      scripts.push_back({language.name, redaction.attachments[i].str()});
    }
  }
  return scripts;
}

std::string_view directory_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash + 1);
}

}  // namespace

std::optional<Reproduction> find_reproduction(const Run& run, const CodeAtCommit& code) {
  const Names names = names_of(code.paths);
  std::vector<Script> scripts = scripts_in(run);
  if (scripts.size() > kMaxScripts) scripts.resize(kMaxScripts);
  for (Script& script : scripts) {
    if (script.language.empty()) script.language = guess_language(script.code);
    script.code = without_prompts(script.code, "$ ", "");
    script.code = without_prompts(script.code, ">>> ", "...");
    script.code = std::string(trim(script.code, "\r\n")) + "\n";
  }
  for (const Language& language : kLanguages) {
    for (const Script& script : scripts) {
      if (script.language != language.name || script.code.size() > kMaxScript) continue;
      if (!concerns_project(script, names)) continue;
      return Reproduction{std::string(language.name), script.code,
                          test_path_for(language.name, run.ticket.key.external_id, code.paths)};
    }
  }
  return std::nullopt;
}

std::string test_path_for(std::string_view language_name, std::string_view ticket_id,
                          const std::vector<std::string>& paths) {
  const auto language = std::ranges::find(kLanguages, language_name, &Language::name);
  assert(language != kLanguages.end());
  std::string prefix(language->prefix);
  std::string suffix(language->suffix);
  // Each existing test votes for its folder and its way of naming.
  std::map<std::string, size_t> folders;
  std::map<std::pair<std::string, std::string>, size_t> styles;
  for (const std::string& path : paths) {
    if (!path.ends_with(language->extension)) continue;
    const std::string_view folder = directory_of(path);
    std::string_view stem = std::string_view(path).substr(folder.size());
    stem.remove_suffix(language->extension.size());
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kStyles{
        {{"test_", ""}, {"", "_test"}, {"test-", ""}, {"", ".test"}, {"", ".spec"}, {"", "-test"}}};
    for (const auto& [start, end] : kStyles) {
      if (!stem.starts_with(start) || !stem.ends_with(end)) continue;
      ++folders[std::string(folder)];
      ++styles[{std::string(start), std::string(end)}];
      break;
    }
  }
  const auto votes = [](const auto& a, const auto& b) { return a.second < b.second; };
  std::string folder = "tests/";
  if (!folders.empty()) {
    folder = std::ranges::max_element(folders, votes)->first;
    std::tie(prefix, suffix) = std::ranges::max_element(styles, votes)->first;
  }
  std::string name = "ticket_" + slug(ticket_id);
  std::ranges::replace(name, '-', '_');
  return folder + prefix + name + suffix + std::string(language->extension);
}

}  // namespace triage::propose
