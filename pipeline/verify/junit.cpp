#include <algorithm>
#include <array>
#include <charconv>

#include "pipeline/base/utf8.h"
#include "pipeline/verify/junit_internal.h"

namespace triage::verify {
namespace {

constexpr size_t kMaxBytes = 8U << 20U, kMaxDepth = 64, kMaxTests = 50'000, kMaxName = 300;
constexpr std::string_view kBlanks = " \t\r\n";

void append_code_point(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0U | (point >> 6U));
    out += static_cast<char>(0x80U | (point & 0x3fU));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0U | (point >> 12U));
    out += static_cast<char>(0x80U | ((point >> 6U) & 0x3fU));
    out += static_cast<char>(0x80U | (point & 0x3fU));
  } else {
    out += static_cast<char>(0xf0U | (point >> 18U));
    out += static_cast<char>(0x80U | ((point >> 12U) & 0x3fU));
    out += static_cast<char>(0x80U | ((point >> 6U) & 0x3fU));
    out += static_cast<char>(0x80U | (point & 0x3fU));
  }
}

// An attribute's value; nothing where it holds an entity that is not XML's own.
std::optional<std::string> unescaped(std::string_view text) {
  struct Entity {
    std::string_view name;
    char value;
  };
  static constexpr std::array<Entity, 5> kEntities{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '&') {
      out += text[at];
      continue;
    }
    const size_t end = text.substr(0, at + 12).find(';', at);
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view name = text.substr(at + 1, end - at - 1);
    at = end;
    if (name.starts_with('#')) {
      const bool hex = name.starts_with("#x");
      name.remove_prefix(hex ? 2 : 1);
      std::uint32_t point = 0;
      const auto read =
          std::from_chars(name.data(), name.data() + name.size(), point, hex ? 16 : 10);
      if (read.ec != std::errc{} || read.ptr != name.data() + name.size() || point > 0x10ffff)
        return std::nullopt;
      append_code_point(out, point);
      continue;
    }
    const auto* entity = std::find_if(kEntities.begin(), kEntities.end(),
                                      [&](const Entity& e) { return e.name == name; });
    if (entity == kEntities.end()) return std::nullopt;
    out += entity->value;
  }
  return out;
}

struct Tag {
  std::string_view name;
  bool opens = false, closes = false;  // both: "<skipped/>"
  std::string test, owner, status;     // the attributes that matter
};

class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : rest_(text) {}

  // The next tag; nothing at the end, or where the text is no XML of ours: then failed().
  std::optional<Tag> next() {
    while (true) {
      const size_t open = rest_.find('<');
      if (open == std::string_view::npos) return std::nullopt;
      rest_.remove_prefix(open);
      if (skip("<!--", "-->") || skip("<![CDATA[", "]]>") || skip("<?", "?>")) {
        if (failed_) return std::nullopt;
        continue;
      }
      if (rest_.starts_with("<!")) return fail();
      return tag();
    }
  }
  bool failed() const { return failed_; }

 private:
  std::optional<Tag> fail() {
    failed_ = true;
    return std::nullopt;
  }

  bool skip(std::string_view start, std::string_view end) {
    if (!rest_.starts_with(start)) return false;
    const size_t at = rest_.find(end, start.size());
    failed_ = at == std::string_view::npos;
    rest_.remove_prefix(failed_ ? rest_.size() : at + end.size());
    return true;
  }

  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
  }

  std::optional<Tag> tag() {
    Tag tag;
    rest_.remove_prefix(1);
    tag.closes = rest_.starts_with('/');
    tag.opens = !tag.closes;
    if (tag.closes) rest_.remove_prefix(1);
    const size_t end = rest_.find_first_of(" \t\r\n/>");
    if (end == 0 || end == std::string_view::npos) return fail();
    tag.name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    while (true) {
      skip_blanks();
      if (rest_.starts_with("/>") && tag.opens) {
        tag.closes = true;
        rest_.remove_prefix(2);
        return tag;
      }
      if (rest_.starts_with('>')) {
        rest_.remove_prefix(1);
        return tag;
      }
      if (tag.closes || !attribute(tag)) return fail();
    }
  }

  bool attribute(Tag& tag) {
    const size_t equals = rest_.find('=');
    if (equals == 0 || equals == std::string_view::npos) return false;
    const std::string_view name = rest_.substr(0, std::min(rest_.find_first_of(kBlanks), equals));
    if (name.find_first_of("<>/'\"") != std::string_view::npos) return false;
    rest_.remove_prefix(equals + 1);
    skip_blanks();
    if (rest_.empty() || (rest_[0] != '"' && rest_[0] != '\'')) return false;
    const size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) return false;
    const std::string_view raw = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    const auto value = unescaped(raw);
    if (!value || raw.find('<') != std::string_view::npos) return false;
    if (name == "name") tag.test = *value;
    if (name == "classname") tag.owner = *value;
    if (name == "status" || name == "result") tag.status += " " + *value;
    return true;
  }

  std::string_view rest_;
  bool failed_ = false;
};

FoundTest test_of(const Tag& tag) {
  const std::string name =
      tag.owner.empty() || tag.owner == tag.test ? tag.test : tag.owner + "." + tag.test;
  const bool not_run = tag.status.find("notrun") != std::string::npos ||
                       tag.status.find("disabled") != std::string::npos ||
                       tag.status.find("suppressed") != std::string::npos ||
                       tag.status.find("skipped") != std::string::npos;
  return {repair_utf8(truncate_utf8(name, kMaxName)),
          not_run ? TestStatus::skipped : TestStatus::passed};
}

}  // namespace

std::optional<std::vector<FoundTest>> read_junit(std::string_view document) {
  if (document.size() > kMaxBytes) return std::nullopt;
  XmlReader reader(document);
  std::vector<std::string_view> open;
  std::vector<FoundTest> tests;
  bool in_test = false;
  while (const auto tag = reader.next()) {
    if (open.empty() && tag->name != "testsuites" && tag->name != "testsuite") return std::nullopt;
    if (tag->opens) {
      if (tag->name == "testcase") {
        if (in_test || tests.size() >= kMaxTests) return std::nullopt;
        tests.push_back(test_of(*tag));
        in_test = true;
      } else if (in_test && (tag->name == "failure" || tag->name == "error")) {
        tests.back().status = TestStatus::failed;
      } else if (in_test && tag->name == "skipped" && tests.back().status != TestStatus::failed) {
        tests.back().status = TestStatus::skipped;
      }
      open.push_back(tag->name);
      if (open.size() > kMaxDepth) return std::nullopt;
    }
    if (tag->closes) {
      if (open.empty() || open.back() != tag->name) return std::nullopt;
      open.pop_back();
      if (tag->name == "testcase") in_test = false;
      if (open.empty()) return tests;  // what follows is the log's
    }
  }
  return std::nullopt;
}

std::string_view printed_junit(std::string_view output) {
  const size_t at = output.find("<testsuite");
  return at == std::string_view::npos ? std::string_view() : output.substr(at);
}

}  // namespace triage::verify
