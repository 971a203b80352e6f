// Polling as a sweep: from a little before the newest change known, page after page, until a page is
// short. Each page asks again "since the last one seen" (pages that are numbered skip rows when rows
// move meanwhile); what is seen twice is dropped by id and time of change.
#include <algorithm>
#include <map>

#include "connectors/engine_internal.h"

namespace triage::connectors {
namespace {

using std::chrono::seconds;

// The cursor, as it is stored between polls.
struct Sweep {
  bool running = false;
  TimePoint since{};                     // what this page asks for
  TimePoint newest{};                    // newest change seen
  std::string next;                      // page that has to be followed: too many at one instant
  std::string etag;                      // of the probe before the last complete sweep
  std::string new_etag;                  // becomes etag when this sweep is complete
  std::map<std::string, TimePoint> seen; // "id@time" of what the lookback shows again
};

template <class V>
void describe(V& v, Sweep& s) {
  v("running", s.running);
  v("since", s.since);
  v("newest", s.newest);
  v("next", s.next);
  v("etag", s.etag);
  v("new_etag", s.new_etag);
  v("seen", s.seen);
}

TimePoint to_seconds(TimePoint time) { return std::chrono::floor<seconds>(time); }

std::string in_seconds(TimePoint time) {
  return to_rfc3339(to_seconds(time)).substr(0, 19) + "Z";
}

class Poller {
 public:
  Poller(const Spec& spec, const std::string& source, const Scope& variables, Exchange& exchange,
         Sweep sweep)
      : spec_(spec), source_(source), variables_(variables), exchange_(exchange),
        sweep_(std::move(sweep)) {}

  // False where nothing changed since the last sweep.
  Result<bool> begin(TimePoint now) {
    if (sweep_.running) return true;
    if (plan().probe) {
      const HttpResponse answer = TRY(exchange_.probe(*plan().probe, variables_, sweep_.etag));
      if (answer.status == 304) return false;
      sweep_.new_etag = answer.headers.get("ETag");
    }
    sweep_.running = true;
    sweep_.since = sweep_.newest == TimePoint{} ? first_time(now)
                                                : to_seconds(sweep_.newest) - plan().lookback;
    return true;
  }

  Result<void> read_page(std::vector<Event>& events) {
    const HttpResponse answer = TRY(request_page());
    const Document document = TRY_CTX(Document::parse(answer.body), spec_.title);
    const std::vector<Item> items = items_at(document.root(), plan().list.items);
    TimePoint last{};
    for (const Item& item : items) last = std::max(last, TRY(read_item(item, events)));
    advance(items.size(), last, answer.headers);
    return {};
  }

  const Sweep& sweep() const { return sweep_; }

 private:
  const PollSpec& plan() const { return *spec_.poll; }

  TimePoint first_time(TimePoint now) const {
    const auto start = parse_rfc3339(plan().start.text(variables_));
    return start.value_or(now - plan().first_lookback);
  }

  Result<HttpResponse> request_page() {
    if (!sweep_.next.empty()) return exchange_.follow(sweep_.next);
    Scope variables = variables_;
    variables["cursor.since"] = in_seconds(sweep_.since);
    return exchange_.send(plan().list.request, variables);
  }

  // When it was changed. One bad row is reported and passed over: it must not hold up the others.
  Result<TimePoint> read_item(Item item, std::vector<Event>& events) {
    const auto id = text_at(item, spec_.ticket.id);
    const auto changed = text_at(item, spec_.ticket.updated_at);
    const TimePoint time = changed ? parse_rfc3339(*changed).value_or(TimePoint{}) : TimePoint{};
    const std::string key = (id ? *id : "") + "@" + (changed ? *changed : "");
    if (!sweep_.seen.emplace(key, time).second) return time;
    if (auto reason = first_reason(spec_.ticket.skip, item, variables_)) {
      events.emplace_back(Ignored{std::move(*reason)});
      return time;
    }
    auto event = map_ticket(spec_.ticket, item, source_, variables_);
    if (!event) {
      events.emplace_back(Ignored{"unreadable: " + event.error().message});
      return time;
    }
    TRY(add_comments(*event, item));
    seal_revision(event->ticket, spec_.ticket);
    events.emplace_back(std::move(*event));
    return time;
  }

  Result<void> add_comments(TicketEvent& event, Item item) {
    if (!plan().comments || !all_hold(plan().comments->match, item, variables_)) return {};
    const CommentMapping& mapping = spec_.ticket.comments;
    Scope variables = variables_;
    variables["ticket.id"] = event.ticket.key.external_id;
    const auto read = [&](const std::string& body) -> Result<bool> {
      const Document document = TRY(Document::parse(body));
      for (const Item& comment : items_at(document.root(), plan().comments->items)) {
        if (first_reason(mapping.skip, comment, variables)) continue;
        auto& list = is_command(mapping, comment, variables) ? event.commands : event.ticket.comments;
        list.push_back(TRY(map_comment(mapping, comment, variables)));
      }
      return false;
    };
    auto done = exchange_.pages(*plan().comments, variables, read);
    // Deleted since the list was made: the ticket itself is still worth keeping.
    if (!done && done.error().kind != ErrorKind::not_found) return std::move(done).error();
    return {};
  }

  void advance(size_t rows, TimePoint last, const Headers& headers) {
    sweep_.newest = std::max(sweep_.newest, last);
    const std::string before = std::exchange(sweep_.next, {});
    if (rows >= plan().page_size) {
      if (to_seconds(last) > sweep_.since) {
        sweep_.since = to_seconds(last);
        return forget(sweep_.since);
      }
      std::string next = next_link(headers);
      if (!next.empty() && next != before) {
        sweep_.next = std::move(next);
        return;
      }
    }
    sweep_.running = false;
    sweep_.etag = std::exchange(sweep_.new_etag, {});
    forget(to_seconds(sweep_.newest) - plan().lookback);
  }

  void forget(TimePoint before) {
    std::erase_if(sweep_.seen, [&](const auto& entry) { return entry.second < before; });
  }

  const Spec& spec_;
  const std::string& source_;
  const Scope& variables_;
  Exchange& exchange_;
  Sweep sweep_;
};

}  // namespace

Result<PollPage> Engine::poll(const Wire& wire, const Json& cursor, TimePoint now) const {
  if (!spec().poll)
    return Error{ErrorKind::not_found, spec().title + " is not polled; it sends webhooks"};
  Sweep sweep;
  if (!cursor.is_null()) sweep = TRY_CTX(from_json<Sweep>(cursor), "poll cursor of " + source_);
  Exchange exchange(spec(), scope_, wire);
  Poller poller(spec(), source_, variables_, exchange, std::move(sweep));
  PollPage page;
  const bool changed = TRY(poller.begin(now));
  if (changed) TRY(poller.read_page(page.events));
  page.cursor = to_json(poller.sweep());
  page.more = poller.sweep().running;
  return page;
}

}  // namespace triage::connectors
