// HTTP as values (RFC 9110), and the one port through which the inner floors reach the network.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/base/result.h"

namespace triage {

// Field names compare without case; order and repeats are kept as they came.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  void add(std::string name, std::string value);
  // Replaces every field of that name by one.
  void set(std::string name, std::string value);
  // The first value of that name, or an empty view.
  std::string_view get(std::string_view name) const;
  size_t count(std::string_view name) const;
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // absolute for a client, origin-form ("/hooks/x?y") for a server
  Headers headers;
  std::string body;
  Milliseconds idle_timeout{0};  // longest silence while the answer is read; 0: only the deadline
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

// Sends one request and blocks the calling worker until the answer, the deadline or a stop request.
// Redirects are not followed and nothing is retried here. Implementations are thread-safe.
// Errors: timeout, unavailable (connect, TLS, cut line), denied (certificate), invalid_input (URL).
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Result<HttpResponse> send(const HttpRequest& request, Deadline deadline,
                                    std::stop_token stop) = 0;
};

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;
  std::string port;
  std::string target;  // path and query, at least "/"
  bool operator==(const Url&) const = default;
};

// RFC 3986, http and https only; refuses user information, control characters and empty hosts.
Result<Url> parse_url(std::string_view text);
std::string percent_encode(std::string_view text);
// A "%" without two hexadecimal digits behind it stays as it is.
std::string percent_decode(std::string_view text);

}  // namespace triage
