#include <doctest/doctest.h>

#include <deque>

#include "daemon/retrying_client.h"

namespace triage::daemon {
namespace {

using std::chrono::seconds;

class Scripted final : public HttpClient {
 public:
  explicit Scripted(std::deque<Result<HttpResponse>> answers) : answers_(std::move(answers)) {}
  Result<HttpResponse> send(const HttpRequest&, Deadline, std::stop_token) override {
    ++calls;
    auto next = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    return next;
  }
  int calls = 0;

 private:
  std::deque<Result<HttpResponse>> answers_;
};

const TimePoint kNow{seconds{784'111'777}};  // Sun, 06 Nov 1994 08:49:37 GMT

// A clock that only sleeping moves.
struct FakeTime {
  Deadline steady = Deadline{} + std::chrono::hours(1);
  std::vector<Milliseconds> slept;
  bool stopped = false;

  RetryHooks hooks() {
    return {[this] { return kNow + total(); }, [this] { return steady + total(); },
            [this](Milliseconds span, const std::stop_token&) {
              if (!stopped) slept.push_back(span);
              return !stopped;
            },
            [] { return 0.5; }};
  }
  Milliseconds total() const {
    Milliseconds sum{0};
    for (const auto span : slept) sum += span;
    return sum;
  }
};

const Error kDown{ErrorKind::unavailable, "down"};

}  // namespace

TEST_SUITE("http retry") {
  TEST_CASE("retry: only safe methods and passing faults are repeated") {
    struct Row {
      std::string method;
      Result<HttpResponse> first;
      int calls;
    };
    const Row rows[] = {
        {"GET", HttpResponse{200, {}, ""}, 1},
        {"GET", HttpResponse{404, {}, ""}, 1},
        {"GET", HttpResponse{501, {}, ""}, 1},
        {"GET", HttpResponse{403, {}, ""}, 1},
        {"GET", HttpResponse{403, {{"x-ratelimit-remaining", "0"}}, ""}, 2},
        {"GET", HttpResponse{403, {{"Retry-After", "1"}}, ""}, 2},
        {"GET", HttpResponse{429, {}, ""}, 2},
        {"GET", HttpResponse{500, {}, ""}, 2},
        {"GET", HttpResponse{502, {}, ""}, 2},
        {"GET", HttpResponse{503, {}, ""}, 2},
        {"HEAD", HttpResponse{504, {}, ""}, 2},
        {"GET", kDown, 2},
        {"GET", Error{ErrorKind::timeout, "late"}, 1},
        {"GET", Error{ErrorKind::denied, "certificate"}, 1},
        {"GET", Error{ErrorKind::invalid_input, "url"}, 1},
        {"POST", HttpResponse{503, {}, ""}, 1},
        {"POST", kDown, 1},
        {"PUT", kDown, 1},
        {"PATCH", HttpResponse{429, {{"Retry-After", "1"}}, ""}, 1},
        {"DELETE", kDown, 1},
    };
    for (const auto& row : rows) {
      CAPTURE(row.method);
      CAPTURE((row.first ? row.first->status : -1));
      Scripted inner({row.first, HttpResponse{200, {}, "done"}});
      FakeTime time;
      RetryingClient client(inner, {}, time.hooks());
      const auto answer =
          client.send({row.method, "http://a/", {}, {}}, time.steady + seconds(600), {});
      CHECK(inner.calls == row.calls);
      if (row.calls == 2) CHECK((answer.ok() && answer->body == "done"));
    }
  }

  TEST_CASE("retry: waits double up to the cap, with jitter, and end after the attempts") {
    Scripted inner({kDown});
    FakeTime time;
    RetryingClient client(inner, {5, Milliseconds{1000}, Milliseconds{3000}}, time.hooks());
    const auto answer = client.send({"GET", "http://a/", {}, {}}, time.steady + seconds(600), {});
    CHECK(answer.error().message == "down");
    CHECK(inner.calls == 5);
    using Ms = Milliseconds;
    CHECK(time.slept == std::vector<Ms>{Ms{500}, Ms{1000}, Ms{1500}, Ms{1500}});
  }

  TEST_CASE("retry: the server's wish is honoured, in each of its forms") {
    struct Row {
      Headers headers;
      seconds wait;
    };
    const Row rows[] = {
        {{{"Retry-After", "7"}}, seconds{7}},
        {{{"Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT"}}, seconds{10}},
        {{{"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT"}}, seconds{0}},
        {{{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "784111797"}}, seconds{20}},
        {{{"Retry-After", "3"}, {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "784111797"}},
         seconds{3}},
    };
    for (const auto& row : rows) {
      Scripted inner({HttpResponse{429, row.headers, ""}, HttpResponse{200, {}, ""}});
      FakeTime time;
      RetryingClient client(inner, {}, time.hooks());
      CHECK(client.send({"GET", "http://a/", {}, {}}, time.steady + seconds(600), {})->status ==
            200);
      CHECK(time.slept == std::vector<Milliseconds>{row.wait});
    }
  }

  TEST_CASE("retry: nonsense in the server's wish is ignored") {
    for (const std::string text : {"-1", "1.5", "soon", "99999999999999999999", ""}) {
      CHECK_FALSE(asked_to_wait_until({429, {{"Retry-After", text}}, ""}, kNow));
    }
    CHECK_FALSE(asked_to_wait_until({429, {{"x-ratelimit-reset", "784111797"}}, ""}, kNow));
    CHECK_FALSE(asked_to_wait_until(
        {429, {{"x-ratelimit-remaining", "5"}, {"x-ratelimit-reset", "784111797"}}, ""}, kNow));
  }

  TEST_CASE("retry: a wait beyond the deadline is not begun and the answer is passed on") {
    Scripted inner({HttpResponse{429, {{"Retry-After", "60"}}, "later"}});
    FakeTime time;
    RetryingClient client(inner, {}, time.hooks());
    const auto answer = client.send({"GET", "http://a/", {}, {}}, time.steady + seconds(59), {});
    CHECK(answer->body == "later");
    CHECK(inner.calls == 1);
    CHECK(time.slept.empty());
  }

  TEST_CASE("retry: a stop request ends the waiting") {
    Scripted inner({kDown});
    FakeTime time;
    time.stopped = true;
    RetryingClient client(inner, {}, time.hooks());
    CHECK_FALSE(client.send({"GET", "http://a/", {}, {}}, time.steady + seconds(600), {}).ok());
    CHECK(inner.calls == 1);
  }

  TEST_CASE("retry: the real sleep wakes at once for a stop request") {
    const RetryHooks hooks = RetryHooks::real();
    std::stop_source stop;
    stop.request_stop();
    CHECK_FALSE(hooks.sleep(std::chrono::hours(1), stop.get_token()));
    CHECK(hooks.sleep(Milliseconds{1}, {}));
    const double chance = hooks.chance();
    CHECK((chance >= 0.0 && chance < 1.0));
  }
}

}  // namespace triage::daemon
