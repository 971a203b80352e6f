// Where one request ends and the next begins, decided strictly and before anything else looks at it.
//
// Boost.Beast 1.81 lets several ambiguous heads through (unknown transfer codings, folded fields, two
// Hosts, trailers that become headers), each a way to smuggle a second request past a proxy or a
// second signature past its check. So every head is read here first; Beast afterwards only decodes
// the body of a head that passed, and the handler sees the fields that were read here.
// Pure functions of the bytes: no I/O, no failure but the refusal they return.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "pipeline/base/http.h"

namespace triage::daemon {

struct RequestHead {
  std::string method;
  std::string target;
  Headers headers;
  bool chunked = false;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  bool expect_continue = false;
};

// The answer that ends the connection: nothing after a refused head is ever parsed.
struct Refusal {
  int status = 400;
  std::string why;
};

// Length of the head including its empty line; nothing while more bytes are needed; a refusal as
// soon as the bytes can't become a head of at most max_head bytes.
std::variant<std::optional<size_t>, Refusal> head_length(std::string_view bytes, size_t max_head);

// Reads one whole head, as measured by head_length().
std::variant<RequestHead, Refusal> parse_head(std::string_view head, std::uint64_t max_body);

// The bytes of a response before its body: status line, Content-Length, nosniff, the response's own
// fields. Fields that would break the framing (line ends, a Content-Length of their own) are left out.
std::string response_head(const HttpResponse& response, bool keep_alive);

}  // namespace triage::daemon
