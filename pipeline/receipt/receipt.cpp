#include "pipeline/receipt/receipt.h"

#include "pipeline/base/digest.h"

namespace triage::receipt {

std::string pre_authentication_encoding(std::string_view type, std::string_view body) {
  std::string out = "DSSEv1 ";
  out += std::to_string(type.size()) + " " + std::string(type) + " ";
  out += std::to_string(body.size()) + " " + std::string(body);
  return out;
}

std::string seal(Json statement, const SigningKey& key, std::string_view previous) {
  Json predicate = statement["predicate"];
  predicate.set("previous", previous);
  statement.set("predicate", std::move(predicate));
  const std::string payload = statement.dump();
  const std::string signature = key.sign(pre_authentication_encoding(kPayloadType, payload));

  Json entry = Json::object();
  entry.set("keyid", key.id());
  entry.set("sig", to_base64(signature));
  Json signatures = Json::array();
  signatures.push(std::move(entry));
  Json envelope = Json::object();
  envelope.set("payloadType", kPayloadType);
  envelope.set("payload", to_base64(payload));
  envelope.set("signatures", std::move(signatures));
  return envelope.dump();
}

std::string chain_hash(std::string_view previous, std::string_view envelope) {
  const std::string raw = from_hex(previous).value_or(std::string(previous));
  return sha256_hex('\x01' + raw + sha256(envelope));
}

namespace {

struct Opened {
  std::string payload, signature;
  Json statement;
};

Result<Opened> open_parts(std::string_view text) {
  const auto corrupt = [](std::string what) { return Error{ErrorKind::corrupt, std::move(what)}; };
  const auto envelope = parse_json(text);
  if (!envelope) return corrupt("the envelope is " + envelope.error().message);
  if (envelope->dump() != text) return corrupt("the envelope is not in its canonical form");
  const Json& doc = *envelope;
  if (doc["payloadType"].as_string() != kPayloadType) return corrupt("the payload type is another");
  if (doc["signatures"].items().size() != 1) return corrupt("there is not exactly one signature");
  auto payload = from_base64(doc["payload"].as_string());
  auto signature = from_base64(doc["signatures"].items()[0]["sig"].as_string());
  if (!payload || !signature) return corrupt("payload or signature is not base64");
  auto statement = parse_json(*payload);
  if (!statement) return corrupt("the statement is " + statement.error().message);
  return Opened{std::move(*payload), std::move(*signature), std::move(*statement)};
}

}  // namespace

Result<Json> open_envelope(std::string_view envelope) {
  return TRY(open_parts(envelope)).statement;
}

Result<std::string> verify_log(std::span<const std::string> envelopes, std::string_view public_key,
                               std::optional<std::string_view> head) {
  std::string previous{kGenesis};
  for (size_t i = 0; i < envelopes.size(); ++i) {
    const std::string where = "receipt entry " + std::to_string(i + 1);
    const Opened entry = TRY_CTX(open_parts(envelopes[i]), where);
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
  }
  if (head && *head != previous)
    return Error{ErrorKind::corrupt, "the log does not end where it should: " +
                                         std::to_string(envelopes.size()) +
                                         " entries were read, the head differs"};
  return previous;
}

}  // namespace triage::receipt
