#include <algorithm>
#include <charconv>
#include <mutex>
#include <set>
#include <unordered_map>

#include "pipeline/base/json.h"
#include "pipeline/base/utf8.h"
#include "pipeline/redact/known_values.h"
#include "pipeline/redact/neutralise.h"
#include "pipeline/redact/redact.h"
#include "pipeline/redact/scanner.h"

namespace triage::redact {
namespace {

constexpr std::string_view kLiteral = "LITERAL";
constexpr std::string_view kKnown = "known value";

// What may be replaced, before overlaps are resolved.
struct Found {
  std::size_t start, end;
  int rank;  // lower wins
  std::string kind;
  std::string_view rule;
  std::string canonical;  // of a known value; empty: follows from the text
};

int rank_of(RuleClass rule_class) {
  switch (rule_class) {
    case RuleClass::secret: return 1;
    case RuleClass::personal: return 2;
    case RuleClass::assigned: return 3;
  }
  return 3;
}

// Best first: rank, then length. Secrets and known values that stick out of a better match keep
// what is left of them, so that no half of a value stays behind; a rest of anything else is
// dropped.
std::vector<Found> without_overlaps(std::vector<Found> all) {
  std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    if (a.end - a.start != b.end - b.start) return a.end - a.start > b.end - b.start;
    return a.start < b.start;
  });
  std::map<std::size_t, Found> taken;  // by start
  const auto take = [&](Found f) {
    auto next = taken.lower_bound(f.start);
    if (next != taken.begin()) {
      const Found& left = std::prev(next)->second;
      if (left.end >= f.end) return;
      if (left.end > f.start) {
        if (f.rank == 2 && f.canonical.empty()) return;
        f.start = left.end, f.canonical = {};
      }
    }
    for (; next != taken.end() && next->first < f.end; ++next) {
      if (f.rank == 2 && f.canonical.empty()) return;
      const std::size_t resume = next->second.end;
      if (next->first > f.start) {
        Found piece = f;
        piece.end = next->first, piece.canonical = {};
        taken.emplace_hint(next, piece.start, piece);
      }
      f.start = resume, f.canonical = {};
      if (f.start >= f.end) return;
    }
    taken.emplace(f.start, f);
  };
  for (const Found& f : all) take(f);
  std::vector<Found> out;
  out.reserve(taken.size());
  for (const auto& [start, f] : taken) out.push_back(f);
  return out;
}

struct Name {
  std::string kind;
  std::uint64_t number = 0;
};

Name parse_placeholder(std::string_view text) {
  Name name;
  if (text.empty() || placeholder_at(text, 0) != text.size()) return name;
  const std::size_t split = text.rfind('_');
  std::from_chars(text.data() + split + 1, text.data() + text.size() - 1, name.number);
  name.kind = text.substr(1, split - 1);
  return name;
}

// Whether something stands right at an edge of a span: once the span is a placeholder, what is next
// to it has an end that it did not have before.
bool touches_a_word(std::string_view text, const std::vector<Found>& spans) {
  const auto blank = [&](std::size_t at) {
    return at >= text.size() || text[at] == ' ' || text[at] == '\n' || text[at] == '\t';
  };
  return std::any_of(spans.begin(), spans.end(), [&](const Found& f) {
    return (f.start > 0 && !blank(f.start - 1)) || !blank(f.end);
  });
}

// The text with every span replaced by the same placeholder, and the way back.
struct Masked {
  std::string text;
  std::vector<std::pair<std::size_t, std::size_t>> kept;  // start in here, start in the original

  Masked(std::string_view original, const std::vector<Found>& spans) {
    std::size_t done = 0;
    for (const Found& f : spans) {
      keep(original, done, f.start);
      text += "<MASKED_1>";
      done = f.end;
    }
    keep(original, done, original.size());
  }
  void keep(std::string_view original, std::size_t from, std::size_t to) {
    kept.emplace_back(text.size(), from);
    text += original.substr(from, to - from);
  }
  std::size_t original_of(std::size_t pos) const {
    const auto after =
        std::upper_bound(kept.begin(), kept.end(), std::pair(pos, std::string::npos));
    return std::prev(after)->second + (pos - std::prev(after)->first);
  }
};

void strings_of(const Json& json, std::vector<std::string_view>& out) {
  if (json.is_string()) out.push_back(json.as_string());
  for (const Json& item : json.items()) strings_of(item, out);
  for (const auto& [key, value] : json.members()) {
    out.push_back(key);
    strings_of(value, out);
  }
}

// Lines and words of a name or address that give a person away by themselves.
template <class OnPart>
void for_parts(std::string_view value, std::string_view separators, OnPart&& on_part) {
  for (std::size_t pos = 0; pos < value.size();) {
    const std::size_t end = std::min(value.find_first_of(separators, pos), value.size());
    if (end > pos) on_part(value.substr(pos, end - pos));
    pos = end + 1;
  }
}

}  // namespace

struct Redactor::Impl {
  enum class Mode { all, prose, code };

  std::mutex mutex;  // all below
  std::map<std::string, std::string> vault;
  std::unordered_map<std::string, std::string> placeholders;  // kind, canonical value → placeholder
  std::unordered_map<std::string, std::uint64_t> counts;
  KnownValues known;

  std::vector<Found> resolve(std::string_view text, Mode mode, const std::vector<Hit>& hits) const;
  std::vector<Found> settled(std::string_view text, Mode mode, std::vector<Found> found) const;
  std::string replace(std::string_view text, Mode mode, std::vector<Span>* spans);
  std::string placeholder_for(const Found& found, std::string_view value);
};

std::vector<Found> Redactor::Impl::resolve(std::string_view text, Mode mode,
                                           const std::vector<Hit>& hits) const {
  std::vector<Found> found;
  std::vector<std::pair<std::size_t, std::size_t>> ours;  // placeholders that stand in the text
  for (std::size_t pos = text.find('<'); pos < text.size(); pos = text.find('<', pos + 1)) {
    const std::size_t length = placeholder_at(text, pos);
    if (length == 0) continue;
    ours.emplace_back(pos, pos + length);
    if (mode == Mode::all)
      found.push_back({pos, pos + length, 0, std::string(kLiteral), "placeholder", {}});
  }
  const auto touches_ours = [&](std::size_t start, std::size_t end) {
    const auto next = std::lower_bound(ours.begin(), ours.end(), std::pair(start, start));
    return (next != ours.end() && next->first < end) ||
           (next != ours.begin() && std::prev(next)->second > start);
  };
  // "<SECRET_1> word": the name in front of the value is that of a placeholder.
  const auto named_by_ours = [&](std::size_t start) {
    const auto next = std::lower_bound(ours.begin(), ours.end(), std::pair(start, start));
    if (next == ours.begin()) return false;
    const std::size_t end = std::prev(next)->second;
    const std::size_t other = text.find_first_not_of(" \t\r\n\"'`", end);
    return other >= start;
  };
  for (const Hit& hit : hits) {
    if (hit.rule->rule_class == RuleClass::assigned && named_by_ours(hit.start)) continue;
    if (touches_ours(hit.start, hit.end) && hit.rule->rule_class != RuleClass::secret) continue;
    if (touches_ours(hit.start, hit.end) && mode != Mode::all) continue;
    found.push_back({hit.start,
                     hit.end,
                     rank_of(hit.rule->rule_class),
                     std::string(hit.rule->kind),
                     hit.rule->id,
                     {}});
  }
  std::set<std::pair<std::size_t, std::size_t>> told;  // these keep their rule's name
  for (const Found& f : found) told.emplace(f.start, f.end);
  for (const KnownHit& hit : known.find(text)) {
    if (!told.contains({hit.start, hit.end}) && !touches_ours(hit.start, hit.end))
      found.push_back(
          {hit.start, hit.end, 2, std::string(hit.kind), kKnown, std::string(hit.canonical)});
  }
  return without_overlaps(std::move(found));
}

// Looks again where values stand wall to wall, until nothing new comes up.
std::vector<Found> Redactor::Impl::settled(std::string_view text, Mode mode,
                                           std::vector<Found> found) const {
  const Mode again = mode == Mode::all ? Mode::prose : mode;
  const RuleSet rules = mode == Mode::code ? RuleSet::secrets : RuleSet::all;
  for (int round = 0; round < 8 && touches_a_word(text, found); ++round) {
    const Masked masked(text, found);
    std::vector<Found> more = resolve(masked.text, again, scan(masked.text, rules));
    if (more.empty()) break;
    for (Found& f : more) {
      const std::size_t length = f.end - f.start;
      f.start = masked.original_of(f.start), f.end = f.start + length;
      found.push_back(std::move(f));
    }
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return a.start < b.start; });
  }
  return found;
}

std::string Redactor::Impl::placeholder_for(const Found& found, std::string_view value) {
  std::string key = found.kind;
  key += '\n';
  key += found.kind == kLiteral    ? std::string(value)
         : found.canonical.empty() ? canonical(found.kind, value)
                                   : found.canonical;
  const auto [slot, fresh] = placeholders.try_emplace(std::move(key));
  if (fresh) {
    const std::uint64_t number = ++counts[found.kind];
    slot->second = "<" + found.kind + "_" + std::to_string(number) + ">";
    vault.emplace(slot->second, value);
    if (found.kind != kLiteral) known.add(found.kind, value);
  }
  return slot->second;
}

std::string Redactor::Impl::replace(std::string_view text, Mode mode, std::vector<Span>* spans) {
  std::string out;
  out.reserve(text.size());
  const std::vector<Hit> hits = scan(text, mode == Mode::code ? RuleSet::secrets : RuleSet::all);
  // A value that only its surroundings gave away is private wherever else it stands, and so is one
  // that a word is glued to.
  for (const Hit& hit : hits) {
    const std::string_view value = text.substr(hit.start, hit.end - hit.start);
    const bool given_away = hit.rule->rule_class == RuleClass::assigned && value.size() >= 8;
    if ((given_away || is_unmistakable(hit.rule->kind, value)) &&
        value.find('<') == std::string_view::npos)
      known.add(hit.rule->kind, value);
  }
  std::size_t done = 0;
  for (const Found& found : settled(text, mode, resolve(text, mode, hits))) {
    std::string placeholder =
        placeholder_for(found, text.substr(found.start, found.end - found.start));
    out += text.substr(done, found.start - done);
    out += placeholder;
    done = found.end;
    if (spans != nullptr)
      spans->push_back(
          {found.start, found.end, found.kind, std::string(found.rule), std::move(placeholder)});
  }
  return out += text.substr(done);
}

Redactor::Redactor() : impl_(std::make_unique<Impl>()) {}
Redactor::~Redactor() = default;

Redactor::Redactor(std::map<std::string, std::string> vault) : Redactor() {
  for (const auto& [placeholder, value] : vault) {
    const Name name = parse_placeholder(placeholder);
    if (name.kind.empty()) continue;
    std::uint64_t& count = impl_->counts[name.kind];
    count = std::max(count, name.number);
    const bool literal = name.kind == kLiteral;
    impl_->placeholders[name.kind + '\n' + (literal ? value : canonical(name.kind, value))] =
        placeholder;
    if (!literal) impl_->known.add(name.kind, value);
  }
  impl_->vault = std::move(vault);
}

void Redactor::know(const std::string& kind, std::string_view value) {
  const std::string repaired = repair_utf8(value);
  const std::lock_guard lock(impl_->mutex);
  if (impl_->known.add(kind, repaired) && kind == "PERSON")
    for_parts(repaired, " \t\n,;()<>\"",
              [&](std::string_view part) { impl_->known.add("PERSON", part); });
}

void Redactor::know(const Person& person) {
  know("PERSON", person.name);
  know("EMAIL", person.email);
  know("PHONE", person.phone);
  know("COMPANY", person.company);
  know("LOGIN", person.login);
  know("ADDRESS", person.address);
  for_parts(person.address, "\n,;", [&](std::string_view line) {
    const bool number =
        std::any_of(line.begin(), line.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (number && line.size() >= 6) know("ADDRESS", line);
  });
}

void Redactor::know(const Ticket& ticket) {
  know(ticket.requester);
  for (const Person& person : ticket.people) know(person);
  for (const Comment& comment : ticket.comments) know(comment.author);
}

Redacted Redactor::redact(std::string_view text) {
  Redacted result;
  const std::lock_guard lock(impl_->mutex);
  result.text = SafeText(impl_->replace(repair_utf8(text), Impl::Mode::all, &result.spans));
  return result;
}

SafeText Redactor::seal(std::string_view text) {
  const std::string visible = defuse(repair_utf8(text));
  const std::lock_guard lock(impl_->mutex);
  return SafeText(impl_->replace(visible, Impl::Mode::prose, nullptr));
}

SafeText Redactor::seal_code(std::string_view text) {
  const std::lock_guard lock(impl_->mutex);
  return SafeText(impl_->replace(repair_utf8(text), Impl::Mode::code, nullptr));
}

Result<void> Redactor::guard(std::string_view body) const {
  const auto refuse = [](std::string_view kind) {
    return Error{ErrorKind::denied, "the body still holds a private value (" + std::string(kind) +
                                        "): it was not sent; see the run's redaction for its rule"};
  };
  const std::string text = repair_utf8(body);
  std::vector<std::string_view> parts{text};
  Json json;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos &&
      std::string_view("{[\"").find(text[first]) != std::string_view::npos) {
    if (auto parsed = parse_json(text)) {
      json = std::move(parsed).value();
      parts.clear();
      strings_of(json, parts);
    }
  }
  const std::lock_guard lock(impl_->mutex);
  if (const auto kind = impl_->known.leaks(text)) return refuse(*kind);
  for (const std::string_view part : parts) {
    if (part.data() != text.data()) {
      if (const auto kind = impl_->known.leaks(part)) return refuse(*kind);
    }
    const auto found = impl_->resolve(part, Impl::Mode::code, scan(part, RuleSet::secrets));
    if (!found.empty()) return refuse(found.front().kind);
  }
  return {};
}

SafeText Redactor::join(std::span<const Section> sections, std::size_t max_bytes) {
  std::string out;
  for (const Section& section : sections) {
    if (!out.empty()) out += "\n\n";
    out += section.heading;
    if (section.name != nullptr) out += section.name->str();
    if (!section.heading.empty()) out += '\n';
    out += section.text->str();
  }
  return SafeText(head_and_tail(out, max_bytes));
}

const std::map<std::string, std::string>& Redactor::vault() const { return impl_->vault; }

std::map<std::string, std::string> Redactor::vault_now() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->vault;
}

std::string reveal(std::string_view text, const std::map<std::string, std::string>& vault) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t pos = text.find('<'); pos < text.size(); pos = text.find('<', pos + 1)) {
    const std::size_t length = placeholder_at(text, pos);
    const auto entry =
        length == 0 ? vault.end() : vault.find(std::string(text.substr(pos, length)));
    if (entry == vault.end()) continue;
    out += text.substr(done, pos - done);
    out += entry->second;
    done = pos + length;
    pos = done - 1;
  }
  return out += text.substr(done);
}

}  // namespace triage::redact
