#include "connectors/signature.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "pipeline/base/digest.h"

namespace triage::connectors {
namespace {

using Digest = std::string (*)(std::string_view key, std::string_view bytes);
using Encode = std::string (*)(std::string_view bytes);

std::string token_itself(std::string_view key, std::string_view) { return std::string(key); }
std::string as_it_is(std::string_view bytes) { return std::string(bytes); }

struct Scheme {
  std::string_view name;
  Digest digest;
  Encode encode;
  bool encoded_secret = false;  // "whsec_" and base64
  bool list = false;            // several proofs in one header, between spaces
};

constexpr std::array<Scheme, 6> kSchemes{{
    {"hmac-sha1-base64", hmac_sha1, to_base64},
    {"hmac-sha1-hex", hmac_sha1, to_hex},
    {"hmac-sha256-base64", hmac_sha256, to_base64},
    {"hmac-sha256-hex", hmac_sha256, to_hex},
    {"standard-webhooks", hmac_sha256, to_base64, true, true},
    {"token", token_itself, as_it_is},
}};

Error denied(std::string message) { return {ErrorKind::denied, std::move(message)}; }

// A header that decides about trust must be there exactly once: two values can be read two ways.
Result<std::string> single_header(const HttpRequest& request, const std::string& name) {
  const size_t count = request.headers.count(name);
  if (count == 0)
    return denied("the delivery has no " + name + " header: set the secret at the sender");
  if (count > 1) return denied("the delivery has more than one " + name + " header");
  return std::string(request.headers.get(name));
}

std::optional<TimePoint> parse_timestamp(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc{} && end == text.data() + text.size()) {
    // Beyond the year 9999 the conversion to milliseconds could overflow.
    if (seconds < 0 || seconds > 253'402'300'799) return std::nullopt;
    return TimePoint(std::chrono::seconds(seconds));
  }
  return parse_rfc3339(text);
}

Result<std::string> fresh_timestamp(const ProofSpec& spec, const HttpRequest& request,
                                    TimePoint now) {
  std::string text = TRY(single_header(request, spec.timestamp_header));
  const auto time = parse_timestamp(text);
  if (!time) return denied("the " + spec.timestamp_header + " header is not a time");
  const auto age = now > *time ? now - *time : *time - now;
  if (age > spec.tolerance)
    return denied("the delivery is " + human_duration(age) +
                  " off this machine's clock: a replay, or a clock that is wrong");
  return text;
}

// Filled by hand and not by Template: the body is raw bytes and may hold anything.
std::string signed_bytes(std::string_view layout, std::string_view timestamp, std::string_view id,
                         std::string_view body) {
  const std::array<std::pair<std::string_view, std::string_view>, 3> fields{
      {{"{body}", body}, {"{timestamp}", timestamp}, {"{id}", id}}};
  std::string out;
  out.reserve(layout.size() + timestamp.size() + id.size() + body.size());
  while (!layout.empty()) {
    const auto field = std::ranges::find_if(
        fields, [&](const auto& candidate) { return layout.starts_with(candidate.first); });
    out += field == fields.end() ? layout.substr(0, 1) : field->second;
    layout.remove_prefix(field == fields.end() ? 1 : field->first.size());
  }
  return out;
}

std::optional<std::string> key_of(const Scheme& scheme, std::string_view secret) {
  if (!scheme.encoded_secret) return std::string(secret);
  constexpr std::string_view kPrefix = "whsec_";
  if (secret.starts_with(kPrefix)) secret.remove_prefix(kPrefix.size());
  auto key = from_base64(secret);
  if (key && key->empty()) return std::nullopt;
  return key;
}

std::vector<std::string_view> proofs_in(std::string_view value, bool list) {
  if (!list) return {value};
  std::vector<std::string_view> proofs;
  while (!value.empty()) {
    const size_t space = value.find(' ');
    if (space != 0) proofs.push_back(value.substr(0, space));
    value.remove_prefix(space == std::string_view::npos ? value.size() : space + 1);
  }
  return proofs;
}

}  // namespace

std::vector<std::string> proof_schemes() {
  std::vector<std::string> names;
  for (const Scheme& scheme : kSchemes) names.emplace_back(scheme.name);
  names.emplace_back("none");
  return names;
}

Result<void> verify_proof(const ProofSpec& spec, const std::vector<std::string>& secrets,
                          const HttpRequest& request, TimePoint now) {
  if (spec.scheme == "none") return {};
  const auto scheme = std::ranges::find(kSchemes, spec.scheme, &Scheme::name);
  if (scheme == kSchemes.end()) return internal_error("unknown proof scheme " + spec.scheme);
  if (std::ranges::all_of(secrets, &std::string::empty))
    return denied("no webhook secret is configured, so no delivery can be trusted: set " +
                  (spec.secrets.empty() ? std::string("one") : spec.secrets.front()) +
                  " for this source");

  const std::string value = TRY(single_header(request, spec.header));
  std::string timestamp;
  std::string id;
  if (!spec.timestamp_header.empty()) timestamp = TRY(fresh_timestamp(spec, request, now));
  if (!spec.id_header.empty()) id = TRY(single_header(request, spec.id_header));
  const std::string bytes = signed_bytes(spec.layout, timestamp, id, request.body);

  bool proven = false;
  for (const std::string& secret : secrets) {
    const auto key = secret.empty() ? std::nullopt : key_of(*scheme, secret);
    if (!key) continue;
    const std::string wanted = spec.prefix + scheme->encode(scheme->digest(*key, bytes));
    for (const std::string_view proof : proofs_in(value, scheme->list))
      proven = equal_constant_time(proof, wanted) || proven;
  }
  if (!proven)
    return denied("the " + spec.header +
                  " header does not match: the secret here and at the sender differ, or the body "
                  "was changed on its way");
  return {};
}

}  // namespace triage::connectors
