#include "pipeline/publish/note.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>

#include "pipeline/publish/failure_place.h"
#include "pipeline/publish/fragment.h"

namespace triage::publish {
namespace {

const Draft& draft_of(const Run& run) {
  static const Draft none;
  return run.draft ? *run.draft : none;
}

const Verification& verification_of(const Run& run) {
  static const Verification none;
  return run.verification ? *run.verification : none;
}

bool proven(const Run& run, Ending ending) {
  return (ending == Ending::draft_pull_request || ending == Ending::preview_branch) &&
         verification_of(run).proof == Proof::red_green;
}

// A change that was proposed and not proven speaks against the diagnosis and what was to be told to
// the customer, whatever its author says.
bool is_doubtful(const Run& run, Ending ending) {
  return !draft_of(run).edits.empty() && !proven(run, ending);
}

// One line of prose that ends like a sentence.
std::string sentence(std::string_view untrusted, size_t max) {
  std::string text = prose(untrusted, max);
  if (!text.empty() && std::string_view(".!?").find(text.back()) == std::string_view::npos)
    text += '.';
  return text;
}

std::string first_line(const Run& run, Ending ending) {
  const Draft& draft = draft_of(run);
  if (ending == Ending::skipped && !run.failure.empty())
    return "**This ticket could not be looked at:** " + sentence(run.failure, 400);
  if (ending == Ending::skipped)
    return "**Not looked at:** " +
           prose(run.classification ? run.classification->skip_reason : "no reason was recorded");
  std::string line = "**" + prose(draft.headline, 240);
  const bool found = run.retrieved && !run.retrieved->places.empty();
  if (found && (ending == Ending::diagnosis || proven(run, ending))) {
    const Confidence confidence = is_doubtful(run, ending)
                                      ? std::min(draft.confidence, Confidence::medium)
                                      : draft.confidence;
    line += " (confidence " + std::string(name_of(confidence));
    if (proven(run, ending)) line += ", patch proven";
    line += ")";
  }
  line += "**";
  return line;
}

// What there is to look at, or what became of the attempt.
std::string result_paragraph(const Run& run, Ending ending) {
  const Verification& v = verification_of(run);
  const std::string slot{kPullRequestLink};
  if (ending == Ending::draft_pull_request)
    return "A fix is ready for review: " + slot + " (failing test → passes; " +
           counted(v.tests.passed_before, "existing test", "existing tests") + " still pass).\n";
  if (ending == Ending::preview_branch && v.proof == Proof::red_green)
    return "A proven fix is on the preview branch " + slot + " (failing test → passes; " +
           counted(v.tests.passed_before, "existing test", "existing tests") + " still pass).\n";
  if (ending == Ending::preview_branch)
    return "A failing test made from the script in the ticket is on the preview branch " + slot +
           ". There is no fix yet.\n";
  if (draft_of(run).edits.empty()) return {};
  return "A change was proposed and is **not** offered: " +
         sentence(v.policy.empty() ? v.why : "policy refuses it: " + v.policy.front(), 400) + "\n";
}

std::string failed_where(const Run& run) {
  const FailurePlace place = failure_place(verification_of(run));
  if (!place.path.empty()) {
    const std::string where = code(place.path + ":" + std::to_string(place.line), 160);
    return " in " + (place.function.empty() ? where : code(place.function, 80) + " (" + where + ")");
  }
  if (!place.expected.empty())
    return " (expected " + code(place.expected, 80) + ", got " + code(place.got, 80) + ")";
  return place.check.empty() ? "" : " at " + code(place.check, 160);
}

std::string reproduction_paragraph(const Run& run) {
  const Verification& v = verification_of(run);
  if (!v.reproduced) return {};
  const std::string commit = run.retrieved ? run.retrieved->commit.substr(0, 7) : "the base";
  if (!*v.reproduced)
    return "The script in the ticket was run on " + code(commit) +
           " and ended without an error: it does not show the fault there.\n";
  return "The script in the ticket was run on " + code(commit) + ": it fails" +
         (v.red.empty() ? "" : " with " + code(v.red, 160)) + failed_where(run) +
         ", so the fault is reproduced.\n";
}

std::string known_line(const Run& run) {
  const Draft& draft = draft_of(run);
  std::string out;
  const auto add = [&](std::string_view title, const std::vector<std::string>& items, auto shown) {
    if (items.empty()) return;
    out += (out.empty() ? "**" : " · **") + std::string(title) + "** ";
    for (size_t i = 0; i < items.size() && i < 4; ++i)
      out += (i == 0 ? "" : "; ") + shown(items[i], size_t{160});
  };
  add("Understood", draft.understood, quoted);
  add("Assumed", draft.assumed, prose);
  add("Not known", draft.not_known, prose);
  add("Out of scope", draft.out_of_scope, prose);
  return out.empty() ? out : out + "\n";
}

std::string change_in_words(const LastChange& change) {
  return " (last changed in " + code(change.commit.substr(0, 7)) + ", " +
         quoted(change.summary, 80) + ", " + prose(change.author, 60) + ", " +
         day_month(change.time) + ")";
}

// Why a place was found is said where the cause doesn't: for the places after the first.
std::string where_lines(const Run& run, const NoteContext& context) {
  if (!run.retrieved) return {};
  const Draft& draft = draft_of(run);
  std::string out;
  for (size_t i = 0; i < run.retrieved->places.size() && i < 3; ++i) {
    const Place& place = run.retrieved->places[i];
    out += i == 0 ? "- Where: " : "- Also: ";
    out += place_link(context.web_url, run.retrieved->commit, place.path, place.start, place.end);
    if (!place.symbol.empty()) out += " " + code(place.symbol, 80);
    if (place.last_change &&
        draft.cause.find(place.last_change->commit.substr(0, 7)) == std::string::npos)
      out += change_in_words(*place.last_change);
    if (i > 0 && !draft.by_model && !place.why.empty()) {
      std::vector<std::string> reasons;
      for (size_t w = 0; w < place.why.size() && w < 3; ++w)
        reasons.push_back(prose(place.why[w], 120));
      out += ": " + listed(reasons);
    }
    out += "\n";
  }
  return out;
}

std::string similar_line(const Run& run) {
  if (!run.retrieved || run.retrieved->similar.empty()) return {};
  std::string out = "- Similar: ";
  for (size_t i = 0; i < run.retrieved->similar.size() && i < 3; ++i) {
    const SimilarTicket& ticket = run.retrieved->similar[i];
    if (i > 0) out += " · ";
    out += prose(ticket.key.str(), 60) + " " + quoted(ticket.subject, 80);
    if (!ticket.fixed_by.empty()) out += " (fixed in " + code(ticket.fixed_by, 60) + ")";
  }
  return out + "\n";
}

// One paragraph where the words for the customer hold the question, else one of each.
std::string for_customer(const Run& run, Ending ending) {
  const Draft& draft = draft_of(run);
  const bool asks_in_note = !draft.question.empty() &&
                            draft.customer_note.find(draft.question) != std::string::npos;
  const std::string once = " (nothing was sent): ";
  std::string out;
  if (!draft.question.empty())
    out += "One question to ask, if you agree" + once +
           quoted(asks_in_note ? draft.customer_note : draft.question, 600) + "\n";
  if (!draft.customer_note.empty() && !asks_in_note && !is_doubtful(run, ending))
    out += (out.empty() ? "" : "\n") + std::string("For the customer, if you agree") + once +
           quoted(draft.customer_note, 600) + "\n";
  return out;
}

std::string problems(const Run& run) {
  const Draft& draft = draft_of(run);
  std::vector<std::string> all = draft.problems;
  if (run.retrieved && !run.retrieved->stale.empty() && draft.cause != run.retrieved->stale)
    all.insert(all.begin(), run.retrieved->stale);
  if (!run.held_back.empty()) all.insert(all.begin(), "No pull request was opened: " + run.held_back);
  if (run.draft && !run.failure.empty()) all.push_back("A step was given up: " + run.failure);
  std::string out;
  for (size_t i = 0; i < all.size() && i < 5; ++i)
    out += (i == 0 ? "" : "\n") + std::string("Please note: ") + sentence(all[i], 300) + "\n";
  return out;
}

std::string footer(const Run& run, const NoteContext& context) {
  std::string out = "<sub>triaged run ";
  out += link(run.id, context.console_url);
  out += " · " + spent(run, context.now);
  const std::string hidden = hidden_values(run);
  if (!hidden.empty()) out += " · " + hidden;
  out += " · receipt " + std::string(kReceiptSlot) + "</sub>\n";
  return out;
}

std::string_view kind_in_words(const std::string& kind, bool several) {
  struct Row {
    std::string_view kind, one, many;
  };
  static constexpr std::array<Row, 12> kRows{{
      {"EMAIL", "e-mail", "e-mails"},
      {"PHONE", "phone number", "phone numbers"},
      {"CARD", "card number", "card numbers"},
      {"IBAN", "bank account", "bank accounts"},
      {"IP", "IP address", "IP addresses"},
      {"MAC", "MAC address", "MAC addresses"},
      {"API_KEY", "API key", "API keys"},
      {"PERSON", "name", "names"},
      {"COMPANY", "company", "companies"},
      {"ADDRESS", "address", "addresses"},
      {"PASSWORD", "password", "passwords"},
      {"TOKEN", "token", "tokens"},
  }};
  for (const Row& row : kRows) {
    if (row.kind == kind) return several ? row.many : row.one;
  }
  return several ? "secrets" : "secret";
}

}  // namespace

std::string place_link(const std::string& web_url, const std::string& commit,
                       const std::string& path, std::uint32_t start, std::uint32_t end) {
  std::string shown = path;
  if (start > 0) shown += ":" + std::to_string(start);
  if (end > start && start > 0) shown += "–" + std::to_string(end);
  if (web_url.empty()) return code(shown);
  std::string url = web_url + "/blob/" + commit + "/" + path;
  if (start > 0) url += "#L" + std::to_string(start);
  if (end > start && start > 0) url += "-L" + std::to_string(end);
  return link(code(shown), url);
}

std::string hidden_values(const Run& run) {
  if (!run.redaction) return {};
  std::map<std::string, std::set<std::string>> by_kind;
  for (const RedactedSpan& span : run.redaction->spans) by_kind[span.kind].insert(span.placeholder);
  std::map<std::string, size_t> words;
  size_t total = 0;
  for (const auto& [kind, values] : by_kind) {
    words[kind] += values.size();
    total += values.size();
  }
  if (total == 0) return {};
  std::string out = counted(total, "value hidden", "values hidden") + " (";
  bool first = true;
  for (const auto& [kind, n] : words) {
    out += (first ? "" : ", ") + std::to_string(n) + " " + std::string(kind_in_words(kind, n > 1));
    first = false;
  }
  return out + ")";
}

std::string spent(const Run& run, TimePoint now) {
  const std::string time = human_duration(now - run.started);
  if (draft_of(run).exchanges.empty()) return time;
  double cost = 0;
  for (const ModelExchange& exchange : draft_of(run).exchanges) cost += exchange.cost;
  std::array<char, 32> dollars{};
  std::snprintf(dollars.data(), dollars.size(), "$%.2f", cost);
  return time + " · " + dollars.data();
}

std::string day_month(TimePoint time) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return std::to_string(static_cast<unsigned>(date.day())) + " " +
         std::string(kMonths.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3)) + " " +
         std::to_string(static_cast<int>(date.year()));
}

std::string render_note(const Run& run, Ending ending, const NoteContext& context) {
  std::string out = first_line(run, ending) + "\n";
  const auto paragraph = [&](const std::string& text) {
    if (!text.empty()) out += "\n" + text;
  };
  if (ending != Ending::skipped) {
    const std::string cause = paragraphs(draft_of(run).cause, 1600);
    paragraph(cause.empty() ? "" : cause + "\n");
    paragraph(reproduction_paragraph(run));
    paragraph(result_paragraph(run, ending));
    paragraph(known_line(run));
    paragraph(where_lines(run, context) + similar_line(run));
    paragraph(for_customer(run, ending));
  }
  paragraph(problems(run));
  paragraph(footer(run, context));
  return out;
}

}  // namespace triage::publish
