#include "pipeline/propose/retrieve.h"

#include <algorithm>
#include <array>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/evidence.h"
#include "pipeline/propose/gateway.h"
#include "pipeline/propose/lines.h"
#include "pipeline/propose/markup.h"
#include "pipeline/propose/models/embeddings.h"
#include "pipeline/propose/places.h"
#include "pipeline/propose/reasons.h"
#include "pipeline/propose/wording.h"
#include "pipeline/redact/redact.h"

namespace triage::propose {
namespace {

constexpr size_t kSearch = 12;           // asked of the index, merged down to kMaxPlaces
constexpr size_t kMaxQuery = 64 * 1024;  // bytes of ticket text searched with
constexpr size_t kBlamed = 3;            // places whose last change is looked up
constexpr size_t kSimilar = 3;           // shown
constexpr size_t kRemembered = 12;       // earlier tickets whose fixes may point at the place
constexpr size_t kHistory = 400;         // commits searched for what fixed a similar ticket
constexpr size_t kLately = 60;           // commits searched for what changed before the ticket
constexpr auto kRecent = std::chrono::days(30);
constexpr size_t kMostFocus = 12;        // lines of traces that the packer is told of
constexpr std::uint32_t kMostBlamed = 3'000;  // lines of a file
constexpr double kAlike = 0.25;          // from this score on, tickets may be about one thing
constexpr size_t kAlikeWords = 2;        // of an earlier ticket's subject that this one must hold
constexpr size_t kMinContext = 1'000;    // tokens
constexpr size_t kInstructions = 2'000;  // tokens kept free for the prompt's own words
constexpr std::array<std::string_view, 3> kTrust{"exact", "likely", "weak"};

Result<retrieval::CodeView> open_code(const StageContext& context, const Run& run) {
  const config::ProjectSettings& project = context.project;
  if (run.retrieved && !run.retrieved->commit.empty()) {
    auto view = context.code.reopen(project.name, run.retrieved->commit, context.stop);
    if (view) return view;
  }
  const retrieval::Remote remote{project.repository, project.git_token.reveal()};
  return context.code.open(project.name, remote, project.branch, context.revision, context.stop);
}

void map_frames(const retrieval::CodeIndex& index, std::vector<retrieval::Trace>& traces) {
  for (retrieval::Trace& trace : traces) {
    for (retrieval::Frame& frame : trace.frames) {
      std::string path = index.map_path(frame.path);
      frame.in_app = !path.empty();
      if (!path.empty()) frame.path = std::move(path);
    }
    map_frames(index, trace.cause);
  }
}

void add_last_changes(const retrieval::CodeView& view, std::vector<Place>& places) {
  for (size_t i = 0; i < std::min(kBlamed, places.size()); ++i) {
    const std::uint32_t line = std::max(key_line(places[i]).number, 1U);
    const auto blame = view.repository->blame(view.commit, places[i].path, line, line);
    if (!blame || blame->empty()) continue;
    const retrieval::CommitInfo& commit = blame->front().commit;
    places[i].last_change = LastChange{commit.id, commit.author, commit.summary, commit.time};
  }
}

// The first lines of the file that the commit left there.
void find_lines(const retrieval::CodeView& view, const std::string& path, RecentChange& recent) {
  const auto content = view.repository->read_file(view.commit, path);
  if (!content) return;
  const auto last = static_cast<std::uint32_t>(split_lines(*content).size());
  if (last == 0 || last > kMostBlamed) return;
  const auto blame = view.repository->blame(view.commit, path, 1, last);
  if (!blame) return;
  const auto lines = std::ranges::find_if(*blame, [&](const retrieval::BlameLine& b) {
    return b.commit.id == recent.change.commit;
  });
  if (lines == blame->end()) return;
  recent.start = lines->start;
  recent.end = lines->end;
}

// What changed the best place's file shortly before the ticket, where the ticket says "since …".
void add_recent_change(const retrieval::CodeView& view, std::string_view text, TimePoint when,
                       std::vector<Place>& places) {
  if (places.empty() || !says_since(text)) return;
  Place& place = places.front();
  const auto history = view.repository->history(view.commit, kLately);
  if (!history) return;
  const auto commit = std::ranges::find_if(*history, [&](const retrieval::CommitInfo& c) {
    return c.time <= when && c.time + kRecent >= when &&
           std::ranges::find(c.paths, place.path) != c.paths.end();
  });
  if (commit == history->end()) return;
  place.recent_change =
      RecentChange{{commit->id, commit->author, commit->summary, commit->time}, 0, 0};
  find_lines(view, place.path, *place.recent_change);
}

// Where the trace ends in the application is where people look first, whatever else speaks for the
// places that it passes through. Whether there is such a place.
bool lead_with(std::vector<Place>& places, const retrieval::Frame* end) {
  if (end == nullptr) return false;
  const auto place = std::ranges::find_if(places, [&](const Place& p) {
    return p.path == end->path && p.start <= end->line && end->line <= p.end;
  });
  if (place == places.end()) return false;
  std::rotate(places.begin(), place, place + 1);
  return true;
}

// Tickets that share only what every ticket says are not alike.
void keep_alike(std::vector<SimilarTicket>& similar, std::string_view text) {
  const std::set<std::string> words = content_words(text);
  std::erase_if(similar, [&](const SimilarTicket& ticket) {
    std::set<std::string> subject = content_words(ticket.subject);
    std::erase_if(subject, [](const auto& word) { return says_little(word); });
    const auto shared = static_cast<size_t>(
        std::ranges::count_if(subject, [&](const auto& word) { return words.contains(word); }));
    return ticket.score < kAlike || shared == 0 || shared < std::min(kAlikeWords, subject.size());
  });
}

// "Fix #1311", "PAY-42: …": the id as a word of its own.
bool names_ticket(std::string_view message, std::string_view id) {
  if (id.empty()) return false;
  const bool number = std::ranges::all_of(id, [](unsigned char c) { return std::isdigit(c) != 0; });
  const std::string wanted = number ? "#" + std::string(id) : std::string(id);
  for (size_t at = message.find(wanted); at != std::string_view::npos;
       at = message.find(wanted, at + 1)) {
    const size_t end = at + wanted.size();
    const bool starts = number || at == 0 || !is_word_char(message[at - 1]);
    if (starts && (end == message.size() || !is_word_char(message[end]))) return true;
  }
  return false;
}

// A commit says what a ticket says when most of the ticket's subject is in its first line.
bool says_the_same(const std::set<std::string>& subject, std::string_view summary) {
  constexpr size_t kEnough = 3;
  const std::set<std::string> words = content_words(summary);
  const auto shared = static_cast<size_t>(std::ranges::count_if(
      subject, [&](const std::string& word) { return words.contains(word); }));
  return shared >= kEnough && shared * 2 >= subject.size();
}

void add_fixes(const std::vector<retrieval::CommitInfo>& history,
               std::vector<SimilarTicket>& similar) {
  for (SimilarTicket& ticket : similar) {
    if (!ticket.fixed_by.empty()) continue;
    const std::set<std::string> subject = content_words(ticket.subject);
    const auto fix = std::ranges::find_if(history, [&](const retrieval::CommitInfo& commit) {
      return names_ticket(commit.message, ticket.key.external_id) ||
             says_the_same(subject, commit.summary);
    });
    if (fix != history.end()) ticket.fixed_by = fix->id;
  }
}

// The commit in the history that a pull request's address or a commit id stands for.
const retrieval::CommitInfo* fix_in(const std::vector<retrieval::CommitInfo>& history,
                                    const std::string& fixed_by) {
  const std::string number = fixed_by.substr(fixed_by.find_last_of("/#") + 1);
  const bool is_number = !number.empty() && number.size() < 10 &&
                         number.find_first_not_of("0123456789") == std::string::npos;
  const auto fix = std::ranges::find_if(history, [&](const retrieval::CommitInfo& commit) {
    return commit.id == fixed_by || (is_number && names_ticket(commit.summary, number));
  });
  return fix == history.end() ? nullptr : &*fix;
}

// What fixed earlier tickets, as far as it lies in the history of this commit.
std::vector<retrieval::PastFix> past_fixes(const std::vector<retrieval::CommitInfo>& history,
                                           const std::vector<SimilarTicket>& similar) {
  std::vector<retrieval::PastFix> out;
  for (const SimilarTicket& ticket : similar) {
    if (ticket.fixed_by.empty()) continue;
    const retrieval::CommitInfo* fix = fix_in(history, ticket.fixed_by);
    if (fix != nullptr) out.push_back({ticket.subject, fix->paths, ticket.score});
  }
  return out;
}

size_t context_budget(const config::ModelSettings& model, std::string_view ticket) {
  const size_t reserve = kInstructions + retrieval::estimate_tokens(ticket);
  return model.context_tokens > reserve + kMinContext ? model.context_tokens - reserve
                                                      : kMinContext;
}

// Searches with what fixed earlier tickets; of those, the ones that are alike enough to show stay.
retrieval::SearchAnswer search_with_memory(const retrieval::CodeView& view, std::string_view query,
                                           std::vector<SimilarTicket>& similar) {
  std::vector<retrieval::PastFix> fixes;
  if (!similar.empty()) {
    const auto history = view.repository->history(view.commit, kHistory);
    if (history) {
      add_fixes(*history, similar);
      fixes = past_fixes(*history, similar);
    }
  }
  return view.index->search(retrieval::Query{query, retrieval::kPackHits, fixes});
}

// With what an embedding endpoint thinks of it, where the project has one. A failure leaves the answer
// as it was and a warning.
void rerank(const StageContext& context, const Run& run, const retrieval::CodeView& view,
            std::string_view query, retrieval::SearchAnswer& answer, Retrieved& found) {
  const auto endpoint = context.settings.models.find(context.project.embeddings);
  if (endpoint == context.settings.models.end()) return;
  redact::Redactor redactor(run.redaction->vault);
  redactor.know(run.ticket);
  Gateway gateway(context.http, context.clock, redactor, context.budget,
                  context.settings.model.max_tokens);
  const config::ModelSettings& model = endpoint->second;
  EndpointEmbedder embedder(model, gateway,
                            context.settings.cache_dir + "/embeddings/" + endpoint->first,
                            deadline_in(model.timeout), context.stop);
  const retrieval::ChunkText sealed_text = [&](const retrieval::Chunk& chunk) -> std::string {
    const auto content = view.repository->read_file(view.commit, chunk.path);
    if (!content) return "";
    std::string text;
    const std::vector<std::string_view> lines = split_lines(*content);
    for (size_t i = chunk.start; i > 0 && i <= std::min<size_t>(chunk.end, lines.size()); ++i)
      text += std::string(lines[i - 1]) + "\n";
    return redactor.seal_code(text).str();
  };
  const std::string sealed_query = redactor.seal_code(query).str();
  const auto done = retrieval::rerank_by_meaning(answer, sealed_query, sealed_text, embedder);
  found.exchanges = gateway.exchanges();
  if (!done)
    found.warning = "The embedding model " + model.name + " could not be used (" +
                    done.error().message + "); places are ranked without it.";
}

// The application's frames, innermost first: where the packer looks first.
std::vector<retrieval::FocusLine> focus_lines(const std::vector<retrieval::Trace>& traces) {
  std::vector<retrieval::FocusLine> out;
  for (const retrieval::Trace& trace : traces) {
    const std::vector<retrieval::FocusLine> causes = focus_lines(trace.cause);
    out.insert(out.end(), causes.begin(), causes.end());
    for (const retrieval::Frame& frame : trace.frames) {
      if (frame.in_app && frame.line > 0 && out.size() < kMostFocus)
        out.push_back({frame.path, frame.line});
    }
  }
  return out;
}

TimePoint told_at(const StageContext& context, const Run& run) {
  for (const TimePoint time : {run.ticket.created_at, run.started}) {
    if (time > TimePoint{}) return time;
  }
  return context.clock.now();
}

Result<void> search_code(const StageContext& context, const Run& run,
                         const retrieval::CodeView& view, std::string_view query, TimePoint when,
                         Retrieved& found) {
  found.branch = view.branch;
  found.commit = view.commit;
  found.stale = view.stale;
  found.files = view.index->report().files;
  retrieval::SearchAnswer all = search_with_memory(view, query, found.similar);
  rerank(context, run, view, query, all, found);
  retrieval::SearchAnswer answer = all;
  answer.files.resize(std::min(answer.files.size(), kSearch));
  answer.chunks.resize(std::min(answer.chunks.size(), kSearch));
  found.search_ms = answer.took_ms;
  found.trust = kTrust[static_cast<size_t>(answer.trust)];
  map_frames(*view.index, found.traces);
  found.places = merge_places(answer);
  // A clear margin between places that share a word or two is a margin between guesses.
  if (!found.places.empty() && weight_of(found.places.front().why) <= Weight::hint) {
    found.trust = kTrust.back();
  }
  drop_chance(found.places);
  const retrieval::Trace* trace = leading_trace(found);
  const retrieval::Frame* end = trace == nullptr ? nullptr : app_frame(*trace);
  // The search is not told which frame is the end; its doubt is about files, not about the trace.
  if (lead_with(found.places, end) && found.trust == kTrust[1]) found.trust = kTrust[0];
  const ReadFile read = [&](const std::string& path) -> std::optional<std::string> {
    auto content = view.repository->read_file(view.commit, path);
    return content ? std::optional(std::move(*content)) : std::nullopt;
  };
  std::string prose(query.substr(0, query.find('\n')));
  for (const std::string& sentence : sentences(query)) prose += "\n" + sentence;
  add_excerpts(found.places, found.traces, content_words(prose), read);
  explain(found.places, end);
  add_last_changes(view, found.places);
  add_recent_change(view, query, when, found.places);
  found.context = TRY_CTX(retrieval::pack(*view.repository, view.commit, all,
                                          context_budget(context.settings.model, query),
                                          focus_lines(found.traces)),
                          "collect code for the model");
  return {};
}

}  // namespace

Result<Advance> retrieve_stage(const StageContext& context, Run& run) {
  if (!run.redaction) return internal_error("retrieve needs the result of redact");
  const SafeText& text = run.redaction->text;
  const std::string readable = without_markup(text.str());
  const std::string words = without_placeholders(readable);
  const std::string_view query = truncate_utf8(words, kMaxQuery);

  Retrieved found;
  found.trust = kTrust.back();
  found.traces = retrieval::parse_traces(readable);
  found.similar = context.memory.similar(text, run.ticket.key, kRemembered);
  const auto view = open_code(context, run);
  Result<void> searched =
      view ? search_code(context, run, *view, query, told_at(context, run), found)
           : Result<void>(view.error());
  if (!searched) {
    const Error& error = searched.error();
    if ((is_retryable(error.kind) && !context.last_attempt) || context.stop.stop_requested()) {
      return error.with_context("open the code of project " + context.project.name);
    }
    found.stale = "The code of project " + context.project.name +
                  " could not be read, so nothing was searched: " + error.message;
  }
  keep_alike(found.similar, readable);
  found.similar.resize(std::min(found.similar.size(), kSimilar));
  // Too little to search with finds something all the same; nobody is helped by showing it.
  const bool vague = run.classification && run.classification->vague;
  if (vague || says_solved(readable)) found.places.clear();
  run.retrieved = std::move(found);
  return Advance{};
}

}  // namespace triage::propose
