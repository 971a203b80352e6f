#include "pipeline/receipt/receipt.h"

#include "pipeline/base/digest.h"

namespace triage::receipt {

std::string pre_authentication_encoding(std::string_view type, std::string_view body) {
  std::string out = "DSSEv1 ";
  out += std::to_string(type.size()) + " " + std::string(type) + " ";
  out += std::to_string(body.size()) + " " + std::string(body);
  return out;
}

namespace {

std::string envelope_of(std::string_view payload, std::string_view key, std::string_view signature) {
  Json entry = Json::object();
  entry.set("keyid", key);
  entry.set("sig", to_base64(signature));
  Json signatures = Json::array();
  signatures.push(std::move(entry));
  Json envelope = Json::object();
  envelope.set("payloadType", kPayloadType);
  envelope.set("payload", to_base64(payload));
  envelope.set("signatures", std::move(signatures));
  return envelope.dump();
}

}  // namespace

std::string seal(Json statement, const SigningKey& key, std::string_view previous) {
  Json predicate = statement["predicate"];
  predicate.set("previous", previous);
  statement.set("predicate", std::move(predicate));
  const std::string payload = statement.dump();
  const std::string signature = key.sign(pre_authentication_encoding(kPayloadType, payload));

  return envelope_of(payload, key.id(), signature);
}

std::string chain_hash(std::string_view previous, std::string_view envelope) {
  const std::string raw = from_hex(previous).value_or(std::string(previous));
  return sha256_hex('\x01' + raw + sha256(envelope));
}

namespace {

struct Opened {
  std::string payload, key, signature;
  Json statement;
};

Result<Opened> open_parts(std::string_view text) {
  const auto corrupt = [](std::string what) { return Error{ErrorKind::corrupt, std::move(what)}; };
  const auto envelope = parse_json(text);
  if (!envelope) return corrupt("the envelope is " + envelope.error().message);
  const Json& doc = *envelope;
  const auto payload = from_base64(doc["payload"].as_string());
  const auto& signatures = doc["signatures"].items();
  if (!payload || signatures.empty()) return corrupt("payload or signature is missing");
  Opened out{*payload, signatures[0]["keyid"].as_string(),
             from_base64(signatures[0]["sig"].as_string()).value_or(""), {}};
  // One way of writing each envelope: what is not signed has no room to differ in.
  if (envelope_of(out.payload, out.key, out.signature) != text)
    return corrupt("the envelope is not in its canonical form");
  out.statement = TRY_CTX(parse_json(out.payload), "the statement");
  return out;
}

}  // namespace

Result<Json> open_envelope(std::string_view envelope) {
  return TRY(open_parts(envelope)).statement;
}

Result<std::vector<std::string>> verify_entries(std::span<const std::string> envelopes,
                                                std::string_view public_key) {
  const std::string key = TRY(key_id(public_key));
  std::vector<std::string> hashes;
  std::string previous{kGenesis};
  for (size_t i = 0; i < envelopes.size(); ++i) {
    const std::string where = "receipt entry " + std::to_string(i + 1);
    const Opened entry = TRY_CTX(open_parts(envelopes[i]), where);
    if (entry.key != key) return Error{ErrorKind::corrupt, where + ": it names another key"};
    const bool genuine = TRY_CTX(
        verify_signature(public_key, pre_authentication_encoding(kPayloadType, entry.payload),
                         entry.signature),
        where);
    if (!genuine) return Error{ErrorKind::corrupt, where + ": the signature does not fit"};
    if (entry.statement["predicate"]["previous"].as_string() != previous)
      return Error{ErrorKind::corrupt,
                   where + ": it does not follow the entry before it (something was removed, "
                           "added or moved)"};
    previous = chain_hash(previous, envelopes[i]);
    hashes.push_back(previous);
  }
  return hashes;
}

Result<std::string> verify_log(std::span<const std::string> envelopes, std::string_view public_key,
                               std::optional<std::string_view> head) {
  const auto hashes = TRY(verify_entries(envelopes, public_key));
  const std::string last = hashes.empty() ? std::string(kGenesis) : hashes.back();
  if (head && *head != last)
    return Error{ErrorKind::corrupt, "the log does not end where it should: " +
                                         std::to_string(envelopes.size()) +
                                         " entries were read, the head differs"};
  return last;
}

}  // namespace triage::receipt
