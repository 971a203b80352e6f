// The HTTP/1.1 client: one blocking call per request, with one deadline for all of it.
//
// send() resolves, connects, does TLS, writes and reads in the caller's thread; it returns by the
// deadline, and within about 100 ms of a stop request. TLS is 1.2 or newer, verified against the
// system's authorities (SSL_CERT_FILE is honoured) and the host name. Connections are kept for reuse:
// up to 4 idle ones per server, 30 s each; a kept connection that turns out dead is replaced once,
// silently, where the request can't have had an effect. Thread-safe; connections are never shared.
// Errors name method, host and step, never path, query, fields or body:
//   timeout      the deadline passed, a stop was asked, or no byte of the answer came for as long as
//                HttpRequest::idle_timeout says ("silent for 60 s"): the outcome may be unknown
//   unavailable  name not found, refused, reset, answer cut short or not HTTP
//   denied       the certificate does not fit
//   exhausted    the answer is over 64 MiB (its head over 60 KiB)
//   invalid_input  URL or a header field that can't be sent
#pragma once

#include <memory>
#include <string>

#include "daemon/proxy_settings.h"
#include "pipeline/base/http.h"

namespace triage::daemon {

struct ClientOptions {
  std::string ca_file;  // PEM; empty: the system's authorities
  std::string user_agent = "triaged";
  ProxySettings proxies;
  std::uint64_t max_response = 64ULL << 20U;
  size_t max_idle = 4;  // per server
  Milliseconds idle_timeout{30'000};
};

class BeastHttpClient final : public HttpClient {
 public:
  // Errors: invalid_input when the authorities can't be read.
  static Result<std::unique_ptr<BeastHttpClient>> create(ClientOptions options);
  ~BeastHttpClient() override;

  Result<HttpResponse> send(const HttpRequest& request, Deadline deadline,
                            std::stop_token stop) override;

 private:
  struct Impl;
  explicit BeastHttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace triage::daemon
