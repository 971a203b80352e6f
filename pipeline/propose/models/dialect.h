// Dialect: how one kind of endpoint is spoken to, without I/O and without its key.
//
// build() makes the request, parse() reads what came back: JSON or an event stream, whichever the
// server chose. A stream that ends before it is complete, an error in the middle of one, or an
// error object under status 200 is an error, never half an answer. Requests are deterministic: the
// same messages, tools and schema give the same bytes in the same order, so endpoints can cache by
// prefix. Adding a dialect: one file with its two functions, one line in dialect.cpp.
#pragma once

#include <optional>
#include <string_view>

#include "config/settings.h"
#include "pipeline/base/http.h"
#include "pipeline/propose/models/model.h"

namespace triage::propose {

// How a schema is asked for: by the dialect's own means, by its second best (an object of any form, a
// forced tool), or in words only.
enum class SchemaForm { native, second, words };

// What one server accepts; starts with what most of them do.
struct Shape {
  bool stream = true;
  bool stream_usage = true;        // chat: "stream_options"
  bool completion_tokens = false;  // chat: "max_completion_tokens" instead of "max_tokens"
  bool temperature = true;
  bool tools = true;
  bool sealed_reasoning = true;    // responses: reasoning that only the endpoint can read
  bool cache_marks = true;         // anthropic: "cache_control"
  SchemaForm schema = SchemaForm::native;
  bool operator==(const Shape&) const = default;
};

// An answer, and what it used: that is spent even where the answer is of no use.
struct Reading {
  Result<ModelAnswer> answer;
  TokenUsage usage;
};

struct Dialect {
  std::string_view api;         // as in model.api
  std::string_view key_field;   // header field of the key
  std::string_view key_scheme;  // stands before it
  HttpRequest (*build)(const config::ModelSettings& endpoint, const ModelRequest& request,
                       const Shape& shape);
  // `asked`: the request that this answers; an agent's traffic is read with an empty one.
  // Errors: as in Model; every text names what to check.
  Reading (*parse)(const HttpResponse& response, const ModelRequest& asked);
};

// The dialect of an endpoint; agents are spoken to in their provider's.
const Dialect& dialect_for(std::string_view api);

// The other form to try after this refusal, or nothing. Each form is left for good.
std::optional<Shape> other_shape(const HttpResponse& response, const ModelRequest& request,
                                 const Shape& tried);

}  // namespace triage::propose
