#include "pipeline/propose/models/sse.h"

#include <doctest/doctest.h>

namespace triage::propose {
namespace {

std::string shown(const std::vector<SseEvent>& events) {
  std::string text;
  for (const SseEvent& event : events) text += event.name + "[" + event.data + "]";
  return text;
}

TEST_SUITE("propose") {
  TEST_CASE("sse: events as the standard has them, whatever the pieces they come in") {
    struct Row {
      std::string body, events;
    };
    const Row rows[] = {
        {"data: a\n\n", "[a]"},
        {"data:a\n\ndata:  b\n\n", "[a][ b]"},
        {"data: a\ndata: b\n\n", "[a\nb]"},
        {"event: x\ndata: a\n\ndata: b\n\n", "x[a][b]"},
        {"data: a\r\n\r\ndata: b\r\n\r\n", "[a][b]"},
        {"data: a\r\rdata: b\r\r", "[a][b]"},
        {"\xEF\xBB\xBF" "data: a\n\n", "[a]"},
        {": comment\n\ndata: a\n\n", "[a]"},
        {"data\n\n", "[]"},
        {"event: x\n\ndata: a\n\n", "[a]"},
        {"id: 7\nretry: 3\nother: z\ndata: a\n\n", "[a]"},
        {"data: a\n\ndata: cut", "[a]"},
        {"data: a\n\ndata: cut\n", "[a]"},
        {"data: a:b\n\n", "[a:b]"},
        {"", ""},
    };
    for (const Row& row : rows) {
      CAPTURE(row.body);
      const auto whole = parse_sse(row.body);
      REQUIRE(whole.ok());
      CHECK(shown(*whole) == row.events);
      for (size_t piece = 1; piece <= 3; ++piece) {
        SseParser parser;
        std::vector<SseEvent> events;
        for (size_t at = 0; at < row.body.size(); at += piece) {
          REQUIRE(parser.feed(std::string_view(row.body).substr(at, piece), events).ok());
        }
        CHECK(shown(events) == row.events);
      }
    }
  }

  TEST_CASE("sse: bounds hold for one event, one line and their number") {
    const SseBounds bounds{100, 3};
    struct Row {
      std::string body;
      bool fits;
    };
    std::string lines;
    for (int i = 0; i < 30; ++i) lines += "data: abcd\n";
    const Row rows[] = {
        {"data: " + std::string(90, 'x') + "\n\n", true},
        {"data: " + std::string(101, 'x'), false},
        {std::string(101, 'x'), false},
        {lines + "\n", false},
        {"data: a\n\ndata: a\n\ndata: a\n\n", true},
        {"data: a\n\ndata: a\n\ndata: a\n\ndata: a\n\n", false},
    };
    for (const Row& row : rows) {
      CAPTURE(row.body);
      SseParser parser(bounds);
      std::vector<SseEvent> events;
      CHECK(parser.feed(row.body, events).ok() == row.fits);
    }
  }

  TEST_CASE("sse: a stream is known by its first bytes, then by its type") {
    struct Row {
      const char* body;
      const char* type;
      bool is;
    };
    const Row rows[] = {
        {"data: {}", "", true},         {"event: x", "application/json", true},
        {": hi", "", true},             {"{\"a\":1}", "text/event-stream", false},
        {"<html>", "text/event-stream", false}, {"", "text/event-stream; charset=utf-8", true},
        {"", "application/json", false}, {"database", "", false},
    };
    for (const Row& row : rows) {
      CAPTURE(row.body);
      CHECK(is_event_stream(row.body, row.type) == row.is);
    }
  }
}

}  // namespace
}  // namespace triage::propose
