#include "pipeline/publish/risk.h"

#include <algorithm>
#include <array>
#include <set>

#include "pipeline/base/ascii.h"
#include "pipeline/base/phrases.h"
#include "pipeline/publish/fragment.h"
#include "pipeline/redact/fold.h"
#include "pipeline/verify/policy.h"

namespace triage::publish {
namespace {

// Words in the new lines of code that is no test: a topic counts once, however often it is touched.
struct Topic {
  std::string_view name;
  std::uint32_t points;
  std::vector<std::string_view> words;
};

const std::vector<Topic>& topics() {
  static const std::vector<Topic> kTopics{
      {"running text as code", 30,
       {"eval(", "exec(", "new Function(", "instance_eval", "class_eval", "compile(", "vm.runIn",
        "ScriptEngine", "importlib.import_module", "__import__(", "dlopen(", "setattr(sys"}},
      {"starting other programs", 25,
       {"subprocess", "os.system", "popen(", "shell=True", "child_process", "execSync", "spawn(",
        "Runtime.getRuntime", "ProcessBuilder", "exec.Command", "Command::new", "system(", "fork("}},
      {"turning data into objects", 20,
       {"pickle", "yaml.load(", "unserialize(", "ObjectInputStream", "marshal.loads", "dill.",
        "Marshal.load", "BinaryFormatter", "jsonpickle", "shelve."}},
      {"cryptography", 20,
       {"crypt", "cipher", "hmac", "sha1", "sha256", "md5", "random_bytes", "secrets.", "private_key",
        "verify=False", "InsecureSkipVerify", "rejectUnauthorized", "nonce", "AES", "RSA"}},
      {"authentication or rights", 20,
       {"password", "passwd", "login", "session", "token", "permission", "authoriz", "authenticat",
        "oauth", "jwt", "csrf", "is_admin", "is_staff", "role", "acl", "setuid", "sudo", "chmod"}},
      {"payment", 12,
       {"payment", "charge(", "refund", "invoice", "stripe", "paypal", "iban", "credit_card",
        "creditcard", "billing"}},
      {"SQL", 12,
       {"SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM", "DROP TABLE", "ALTER TABLE", ".execute(",
        "executemany", "rawQuery", "createQuery", "raw_sql"}},
      {"concurrency", 10,
       {"thread", "mutex", "lock(", ".acquire(", "atomic", "async ", "await ", "goroutine", "go func",
        "chan ", "synchronized", "volatile", "semaphore"}},
      {"the network", 15,
       {"socket", "requests.", "urllib", "http.client", "httpx", "aiohttp", "fetch(", "XMLHttpRequest",
        "axios", "net.Dial", "http.Get", "curl", "websocket", "smtplib"}},
      {"the file system", 10,
       {"unlink(", "rmtree", "os.remove", "fs.rm", "rm -rf", "removeAll", "remove_all", "tempfile.mktemp",
        "open(\"/", "open('/", "/etc/", "/proc/", "os.chown"}},
      {"the environment of the process", 10,
       {"os.environ", "process.env", "getenv", "ENV[", "System.getProperty", "env::var"}},
  };
  return kTopics;
}

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

// Short words count as words only: "rsa" is not meant in "conversation".
bool speaks_of(const std::string& code, const std::string& word) {
  const bool alone = word.size() <= 4 && is_letter(word.back());
  for (std::size_t at = code.find(word); at != std::string::npos; at = code.find(word, at + 1)) {
    const bool touched = (at > 0 && is_letter(code[at - 1])) ||
                         (at + word.size() < code.size() && is_letter(code[at + word.size()]));
    if (!alone || !touched) return true;
  }
  return false;
}

std::size_t line_count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

// What the rows look at, made once.
struct Facts {
  const Run& run;
  const std::vector<TreeChange>& changes;
  std::string added_code, removed_code;  // of files that are no tests
  std::size_t added = 0, removed = 0;    // lines of all files
};

struct Row {
  std::uint32_t points;
  std::string (*reason)(const Facts&);  // empty: it doesn't apply
};

std::string size_reason(const Facts& f, std::size_t at_least, std::size_t below) {
  const std::size_t lines = f.added + f.removed;
  return lines >= at_least && lines < below ? std::to_string(lines) + " lines change" : "";
}

std::string files_reason(const Facts& f, std::size_t at_least, std::size_t below) {
  return f.changes.size() >= at_least && f.changes.size() < below
             ? counted(f.changes.size(), "file changes", "files change")
             : "";
}

std::string with_path(const Facts& f, bool (*test)(const TreeChange&), std::string_view words) {
  const auto at = std::ranges::find_if(f.changes, test);
  return at == f.changes.end() ? "" : std::string(words) + " (" + at->path + ")";
}

// A line that others call: it is removed or changed.
std::string api_reason(const Facts& f) {
  static constexpr auto kStarts = std::to_array<std::string_view>(
      {"def ", "async def ", "class ", "export ", "public ", "pub fn ", "pub struct ", "pub enum ",
       "func ", "function ", "module.exports", "interface ", "extern "});
  std::string_view rest = f.removed_code;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
    line.remove_prefix(indent);
    for (const std::string_view start : kStarts) {
      const std::string_view name = line.starts_with(start) ? line.substr(start.size()) : "";
      if (!name.empty() && name[0] != '_') return "what other code calls changes";
    }
  }
  return "";
}

std::string removal_reason(const Facts& f) {
  return f.removed > 40 && f.removed > 3 * f.added ? "it removes far more than it adds" : "";
}

std::string alphabet_reason(const Facts& f) {
  const std::vector<std::string> names = mixed_identifiers(f.added_code);
  return names.empty() ? "" : "a name mixes letters of several alphabets (" + names[0] + ")";
}

std::string flaky_reason(const Facts& f) {
  const bool flaky = f.run.verification && !f.run.verification->flaky.empty();
  return flaky ? "some tests of the base are flaky" : "";
}

std::string failing_reason(const Facts& f) {
  const std::size_t n = f.run.verification ? f.run.verification->tests.still_failing.size() : 0;
  return n == 0 ? "" : counted(n, "test still fails", "tests still fail") + ", as before";
}

std::string proof_reason(const Facts& f, Proof proof) {
  const Proof reached = f.run.verification ? f.run.verification->proof : Proof::none;
  return reached == proof ? "the proof is only " + std::string(name_of(proof)) : "";
}

// Whether a test of the patch speaks of the file that it changes.
std::string untested_reason(const Facts& f) {
  std::string tests;
  for (const TreeChange& change : f.changes) {
    if (change.is_test) tests += change.after;
  }
  if (f.run.verification) {
    for (const std::string& name : f.run.verification->tests.fixed) tests += "\n" + name;
  }
  for (const TreeChange& change : f.changes) {
    if (change.is_test || change.result == nullptr) continue;
    const std::size_t slash = change.path.rfind('/');
    std::string stem = change.path.substr(slash == std::string::npos ? 0 : slash + 1);
    stem = lower_ascii(stem.substr(0, stem.rfind('.')));
    if (lower_ascii(tests).find(stem) == std::string::npos)
      return "no test of the patch names " + change.path;
  }
  return "";
}

std::string fresh_reason(const Facts& f) {
  constexpr auto kFresh = std::chrono::days(7);
  if (!f.run.retrieved) return "";
  for (const Place& place : f.run.retrieved->places) {
    const bool changed = std::ranges::any_of(
        f.changes, [&](const TreeChange& change) { return change.path == place.path; });
    if (changed && place.last_change && place.last_change->time + kFresh >= f.run.started)
      return place.path + " was changed a few days ago already";
  }
  return "";
}

bool is_data(const TreeChange& c) {
  static constexpr auto kEndings = std::to_array<std::string_view>(
      {"*.json", "*.yml", "*.yaml", "*.toml", "*.ini", "*.cfg", "*.conf", "*.xml", "*.properties",
       "*.plist", "*.env", "*.csv"});
  return !c.is_test && std::ranges::any_of(kEndings, [&](std::string_view glob) {
           return verify::matches_glob(glob, c.path);
         });
}
bool is_migration(const TreeChange& c) {
  return verify::matches_glob("*.sql", c.path) || verify::matches_glob("**/migrations/**", c.path) ||
         verify::matches_glob("**/migrate/**", c.path);
}
bool is_manifest(const TreeChange& c) {
  return verify::protection_of(c.path) == verify::Protection::manifest;
}
bool is_lock_file(const TreeChange& c) {
  return verify::protection_of(c.path) == verify::Protection::lock_file;
}
bool is_deleted(const TreeChange& c) { return c.result == nullptr; }
bool is_old_test(const TreeChange& c) { return c.is_test && c.base != nullptr; }
bool is_generated(const TreeChange& c) {
  const std::string head = c.before.substr(0, 2000);
  constexpr std::size_t kNone = std::string::npos;
  return head.find("DO NOT EDIT") != kNone || head.find("@generated") != kNone;
}

const std::array<Row, 23>& rows() {
  static const std::array<Row, 23> kRows{{
      {8, [](const Facts& f) { return size_reason(f, 60, 200); }},
      {20, [](const Facts& f) { return size_reason(f, 200, 500); }},
      {35, [](const Facts& f) { return size_reason(f, 500, SIZE_MAX); }},
      {6, [](const Facts& f) { return files_reason(f, 4, 9); }},
      {16, [](const Facts& f) { return files_reason(f, 9, SIZE_MAX); }},
      {10, removal_reason},
      {12, [](const Facts& f) { return with_path(f, is_deleted, "a file is deleted"); }},
      {10, api_reason},
      {30, [](const Facts& f) { return with_path(f, is_manifest, "the used packages change"); }},
      {15, [](const Facts& f) { return with_path(f, is_lock_file, "locked versions change"); }},
      {10, [](const Facts& f) { return with_path(f, is_data, "configuration or data changes"); }},
      {25, [](const Facts& f) { return with_path(f, is_migration, "the database changes"); }},
      {12, [](const Facts& f) { return with_path(f, is_generated, "a generated file changes"); }},
      {10, [](const Facts& f) { return with_path(f, is_old_test, "an old test file changes"); }},
      {12, untested_reason},
      {6, fresh_reason},
      {30, alphabet_reason},
      {25, [](const Facts& f) { return proof_reason(f, Proof::regression_free); }},
      {40, [](const Facts& f) { return proof_reason(f, Proof::builds); }},
      {60, [](const Facts& f) { return proof_reason(f, Proof::applies); }},
      {60, [](const Facts& f) { return proof_reason(f, Proof::none); }},
      {8, flaky_reason},
      {6, failing_reason},
  }};
  return kRows;
}

std::vector<std::pair<std::uint32_t, std::string>> topic_reasons(const Facts& f) {
  std::vector<std::pair<std::uint32_t, std::string>> found;
  const std::string code = lower_ascii(f.added_code);
  for (const Topic& topic : topics()) {
    const auto word = std::ranges::find_if(topic.words, [&](std::string_view w) {
      return speaks_of(code, lower_ascii(w));
    });
    if (word == topic.words.end()) continue;
    std::string name(*word);
    while (name.ends_with('(') || name.ends_with(' ') || name.ends_with('.')) name.pop_back();
    found.emplace_back(topic.points, "it touches " + std::string(topic.name) + " (\"" + name + "\")");
  }
  return found;
}

}  // namespace

int rank_of_risk(std::string_view level) { return level == "high" ? 2 : level == "medium" ? 1 : 0; }

std::vector<std::string> mixed_identifiers(std::string_view code) {
  std::set<std::string> found;
  for (std::size_t at = 0; at < code.size();) {
    std::size_t end = at;
    bool ascii = false, twin = false;
    while (end < code.size()) {
      const redact::CodePoint point = redact::code_point_at(code, end);
      if (!redact::is_word(point.value)) break;
      const bool is_ascii = point.value < 0x80;
      ascii = ascii || (is_ascii && (point.value | 0x20U) >= 'a' && (point.value | 0x20U) <= 'z');
      const std::string seen = verify::look_alike(code.substr(end, point.length));
      twin = twin || (!is_ascii && seen.size() == 1);
      end += point.length;
    }
    if (ascii && twin) found.emplace(code.substr(at, end - at));
    at = end == at ? at + redact::code_point_at(code, at).length : end;
  }
  return {found.begin(), found.end()};
}

Risk risk_of(const Run& run, const std::vector<TreeChange>& changes) {
  Facts facts{run, changes, {}, {}, 0, 0};
  for (const TreeChange& change : changes) {
    const std::string added = added_lines(change.before, change.after);
    const std::string removed = added_lines(change.after, change.before);
    facts.added += line_count(added);
    facts.removed += line_count(removed);
    if (change.is_test) continue;
    facts.added_code += added;
    facts.removed_code += removed;
  }
  auto found = topic_reasons(facts);
  for (const Row& row : rows()) {
    if (std::string reason = row.reason(facts); !reason.empty())
      found.emplace_back(row.points, std::move(reason));
  }
  std::ranges::stable_sort(found, [](const auto& a, const auto& b) { return a.first > b.first; });
  Risk risk;
  for (auto& [points, reason] : found) {
    risk.score += points;
    risk.reasons.push_back(std::move(reason));
  }
  risk.score = std::min<std::uint32_t>(risk.score, 100);
  risk.level = risk.score >= kHighRisk ? "high" : risk.score >= kMediumRisk ? "medium" : "low";
  return risk;
}

}  // namespace triage::publish
