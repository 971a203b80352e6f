// Models over real connections: the client, the gateway and each dialect together.
#include <doctest/doctest.h>

#include <functional>
#include <thread>

#include "daemon/http_client.h"
#include "pipeline/propose/models/chain.h"
#include "tests/fakes/raw_socket.h"

namespace triage::daemon {
namespace {

using propose::ModelAnswer;
using testing::RawSocket;

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

const std::string kChat =
    "data: {\"choices\":[{\"delta\":{\"content\":\"well \"}}]}\n\n"
    "data: {\"choices\":[{\"delta\":{\"content\":\"done\"},\"finish_reason\":\"stop\"}]}\n\n"
    "data: [DONE]\n\n";
const std::string kResponses =
    "data: {\"type\":\"response.output_text.delta\",\"delta\":\"well done\"}\n\n"
    "data: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"type\":\"message\","
    "\"content\":[{\"type\":\"output_text\",\"text\":\"well done\"}]}]}}\n\n";
const std::string kAnthropic =
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"content\":[]}}\n\n"
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
    "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
    "\"delta\":{\"type\":\"text_delta\",\"text\":\"well done\"}}\n\n"
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

// Serves the same bytes on every connection, a few at a time, then ends it or falls silent.
class StreamServer {
 public:
  StreamServer(std::string bytes, bool silent)
      : listener_(RawSocket::listen_on_any_port()),
        thread_([this, bytes = std::move(bytes), silent](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            const RawSocket socket = listener_.accept(20);
            if (!socket.is_open()) continue;
            socket.read_message();
            for (size_t at = 0; at < bytes.size(); at += 7) socket.write(bytes.substr(at, 7));
            if (silent) socket.read_all(1000);
          }
        }) {}
  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()) + "/v1"; }

 private:
  RawSocket listener_;
  std::jthread thread_;
};

struct StandingClock final : Clock {
  TimePoint now() const override { return TimePoint{}; }
};

Result<ModelAnswer> ask(const std::string& api, const std::string& url) {
  ClientOptions options;
  const auto client = BeastHttpClient::create(options);
  REQUIRE(client.ok());
  config::Settings settings;
  settings.model.name = "m-1";
  settings.model.api = api;
  settings.model.base_url = url;
  settings.model.idle_timeout = Milliseconds{300};
  const StandingClock clock;
  const redact::Redactor redactor;
  LimitedBudget budget(1.0);
  propose::Gateway gateway(**client, clock, redactor, budget, 1'000'000, Milliseconds{0});
  const auto model = propose::make_model(settings, gateway);
  propose::ModelRequest request;
  request.messages = {{propose::Role::user, SafeTextCodec::restore("why?")}};
  return model->ask(request, deadline_in(Milliseconds{5000}), {});
}

}  // namespace

TEST_SUITE("model streams") {
  TEST_CASE("model: a stream is an answer when it is whole, and an error when it breaks or hangs") {
    const std::pair<std::string, const std::string*> dialects[] = {
        {"chat", &kChat}, {"azure", &kChat}, {"responses", &kResponses}, {"anthropic", &kAnthropic}};
    for (const auto& [api, stream] : dialects) {
      CAPTURE(api);
      const auto whole = ask(api, StreamServer(kHead + *stream, false).url());
      REQUIRE_MESSAGE(whole.ok(), (whole ? "" : whole.error().message));
      CHECK(whole->text == "well done");

      const std::string half = stream->substr(0, stream->size() / 3);
      const auto broken = ask(api, StreamServer(kHead + half, false).url());
      REQUIRE_FALSE(broken.ok());
      CHECK(broken.error().kind == ErrorKind::unavailable);

      const auto hanging = ask(api, StreamServer(kHead + half, true).url());
      REQUIRE_FALSE(hanging.ok());
      CHECK(hanging.error().kind == ErrorKind::timeout);
      CHECK(hanging.error().message.find("silent for 0.3 s") != std::string::npos);
    }
  }
}

}  // namespace triage::daemon
