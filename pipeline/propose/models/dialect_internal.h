// What the dialects share: addresses, statuses, event streams, and care with what a model wrote.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/propose/models/dialect.h"
#include "pipeline/propose/models/sse.h"

namespace triage::propose {

constexpr size_t kMaxParts = 1024;  // tool calls, content blocks or items of one answer

// A POST of this JSON below the endpoint's base_url; a query in base_url stays behind the path.
HttpRequest post(const config::ModelSettings& endpoint, std::string_view path, const Json& body);

// Makes one document of a stream's events. `used` gets what is known by then, also before an error.
using Assemble = Result<Json> (*)(const std::vector<Json>& events, TokenUsage& used);
using Read = Reading (*)(const Json& document, const ModelRequest& asked);
// The way of every answer: status, stream or document, error object, then the dialect's reader.
Reading read_response(const HttpResponse& response, const ModelRequest& asked, Assemble assemble,
                      Read read);

// The error in `holder["error"]` as one of ours.
Error error_in(const Json& holder);
Error cut_off_stream();
Error declined();
// Text or nothing, and no call: why that is no answer.
Error empty_answer(bool cut_off);

std::uint64_t count_of(const Json& number);
// A rough count for a stream that was cut before it told its own.
std::uint64_t tokens_of(std::string_view text);

// What a model wrote as arguments, as an object that every server takes back.
Json arguments_object(const ToolCall& call);
// Arguments as servers give them: text, or already an object.
std::string arguments_text(const Json& arguments);

// Whether the strict mode of OpenAI's structured outputs takes this schema.
bool is_strict(const Json& schema);
// "Answer with one JSON object of this schema …", for servers that take no schema.
std::string schema_words(const ModelRequest& request);
// The last message that a user wrote, where schema_words() go; the size of the list without one.
size_t last_user_message(const ModelRequest& request);

HttpRequest build_chat(const config::ModelSettings&, const ModelRequest&, const Shape&);
HttpRequest build_azure(const config::ModelSettings&, const ModelRequest&, const Shape&);
HttpRequest build_responses(const config::ModelSettings&, const ModelRequest&, const Shape&);
HttpRequest build_anthropic(const config::ModelSettings&, const ModelRequest&, const Shape&);
Reading parse_chat(const HttpResponse&, const ModelRequest&);
Reading parse_responses(const HttpResponse&, const ModelRequest&);
Reading parse_anthropic(const HttpResponse&, const ModelRequest&);

}  // namespace triage::propose
