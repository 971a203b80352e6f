#include "connectors/signature.h"

#include <doctest/doctest.h>

#include "pipeline/base/digest.h"

namespace triage::connectors {
namespace {

const std::string kSecret = "It's a Secret to Everybody";
const std::string kGood =
    "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

ProofSpec github_proof() {
  ProofSpec spec;
  spec.scheme = "hmac-sha256-hex";
  spec.header = "X-Hub-Signature-256";
  spec.prefix = "sha256=";
  spec.secrets = {"webhook_secret"};
  return spec;
}

HttpRequest signed_with(const std::string& value) {
  return {"POST", "/", {{"x-hub-signature-256", value}}, "Hello, World!"};
}

bool accepted(const std::string& value) {
  return verify_proof(github_proof(), {kSecret}, signed_with(value), TimePoint{}).ok();
}

TimePoint at(std::int64_t seconds) { return TimePoint(std::chrono::seconds(seconds)); }

}  // namespace

TEST_SUITE("connectors/signature") {
  TEST_CASE("signature: the vendor's own vector is accepted") { CHECK(accepted(kGood)); }

  TEST_CASE("signature: every flipped bit of the proof is refused") {
    for (size_t i = 0; i < kGood.size() * 8; ++i) {
      std::string value = kGood;
      value[i / 8] = static_cast<char>(value[i / 8] ^ (1 << (i % 8)));
      CHECK_FALSE_MESSAGE(accepted(value), "bit " << i);
    }
  }

  TEST_CASE("signature: every flipped bit of the body is refused") {
    for (size_t i = 0; i < std::string("Hello, World!").size() * 8; ++i) {
      HttpRequest request = signed_with(kGood);
      request.body[i / 8] = static_cast<char>(request.body[i / 8] ^ (1 << (i % 8)));
      CHECK_FALSE(verify_proof(github_proof(), {kSecret}, request, TimePoint{}).ok());
    }
  }

  TEST_CASE("signature: empty, cut, prolonged and bare values are refused") {
    for (const std::string& value :
         {std::string{}, std::string("sha256="), kGood.substr(0, kGood.size() - 1), kGood + "0",
          kGood.substr(7), "sha1=" + kGood.substr(7), kGood + " " + kGood, " " + kGood})
      CHECK_FALSE_MESSAGE(accepted(value), value);
  }

  TEST_CASE("signature: a missing or a second header is refused, and the message says so") {
    HttpRequest none = signed_with(kGood);
    none.headers = {};
    const auto missing = verify_proof(github_proof(), {kSecret}, none, TimePoint{});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::denied);
    CHECK(missing.error().message.find("no X-Hub-Signature-256") != std::string::npos);

    HttpRequest two = signed_with(kGood);
    two.headers.add("X-HUB-SIGNATURE-256", kGood);
    const auto twice = verify_proof(github_proof(), {kSecret}, two, TimePoint{});
    REQUIRE_FALSE(twice);
    CHECK(twice.error().message.find("more than one") != std::string::npos);
  }

  TEST_CASE("signature: without a secret nothing is accepted, not even an empty key's proof") {
    const std::string empty_key = "sha256=" + to_hex(hmac_sha256("", "Hello, World!"));
    for (const auto& secrets : {std::vector<std::string>{}, std::vector<std::string>{"", ""}}) {
      const auto result = verify_proof(github_proof(), secrets, signed_with(empty_key), TimePoint{});
      REQUIRE_FALSE(result);
      CHECK(result.error().kind == ErrorKind::denied);
      CHECK(result.error().message.find("set webhook_secret") != std::string::npos);
    }
    // Beside a real secret an empty one is no key either.
    CHECK_FALSE(
        verify_proof(github_proof(), {kSecret, ""}, signed_with(empty_key), TimePoint{}).ok());
  }

  TEST_CASE("signature: while a secret is changed the old and the new one both hold") {
    CHECK(verify_proof(github_proof(), {"new", kSecret}, signed_with(kGood), TimePoint{}).ok());
    CHECK_FALSE(verify_proof(github_proof(), {"new", "other"}, signed_with(kGood), TimePoint{}).ok());
  }

  TEST_CASE("signature: an error never holds the secret or the wanted proof") {
    const auto result =
        verify_proof(github_proof(), {kSecret}, signed_with("sha256=00"), TimePoint{});
    REQUIRE_FALSE(result);
    CHECK(result.error().message.find(kSecret) == std::string::npos);
    CHECK(result.error().message.find(kGood.substr(7, 12)) == std::string::npos);
  }

  TEST_CASE("signature: the schemes of other systems, by their recomputed vectors") {
    struct Row {
      std::string scheme, prefix, layout, secret, time, id, body, value;
    };
    const std::string hello = R"({"hello":"world"})";
    const std::vector<Row> rows{
        {"hmac-sha256-hex", "", "{body}", "test-secret", "", "", hello,
         "84cc33df716ed0b0598f07437c94069ace3730358778a592bd6bbd1423d111f3"},
        {"hmac-sha1-hex", "sha1=", "{body}", "test-secret", "", "", hello,
         "sha1=60c9e01611510b5587ed9434904b37190168c25c"},
        {"hmac-sha1-base64", "", "{body}", "test-secret", "", "", hello,
         "YMngFhFRC1WH7ZQ0kEs3GQFowlw="},
        {"hmac-sha256-base64", "", "{timestamp}{body}", "test-secret", "2026-01-02T03:04:05Z", "",
         hello, "QjqkiFsOkZdveTjNpNfvAB2My4phmZNwOQ0mG5Y/Z8s="},
        {"standard-webhooks", "v1,", "{id}.{timestamp}.{body}",
         "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "1767323045", "msg-1", hello,
         "v1,bm9wZQ== v1,ZdKCvIuzv4M7LwQEyDFWwo6e4vC2A9o8swlF3EOjTQs="},
        {"standard-webhooks", "v1,", "{id}.{timestamp}.{body}",
         "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "1649367553", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
         R"({"email":"test@example.com","username":"test_user"})",
         "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="},
        {"token", "", "{body}", "s3cret", "", "", hello, "s3cret"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.scheme);
      ProofSpec spec;
      spec.scheme = row.scheme;
      spec.header = "Proof";
      spec.prefix = row.prefix;
      spec.layout = row.layout;
      HttpRequest request{"POST", "/", {{"Proof", row.value}}, row.body};
      TimePoint now{};
      if (!row.time.empty()) {
        spec.timestamp_header = "Time";
        request.headers.set("Time", row.time);
        now = parse_rfc3339(row.time).value_or(at(std::atoll(row.time.c_str())));
      }
      if (!row.id.empty()) {
        spec.id_header = "Id";
        request.headers.set("Id", row.id);
      }
      CHECK(verify_proof(spec, {row.secret}, request, now).ok());
      CHECK_FALSE(verify_proof(spec, {"x" + row.secret}, request, now).ok());
      request.body += ' ';
      CHECK(verify_proof(spec, {row.secret}, request, now).ok() == (row.scheme == "token"));
    }
  }

  TEST_CASE("signature: a signed time must be near our clock, in both directions") {
    ProofSpec spec = github_proof();
    spec.layout = "{timestamp}.{body}";
    spec.timestamp_header = "Time";
    const auto verified = [&](const std::string& time, std::int64_t now) {
      HttpRequest request = signed_with(
          "sha256=" + to_hex(hmac_sha256(kSecret, time + ".Hello, World!")));
      request.headers.set("Time", time);
      return verify_proof(spec, {kSecret}, request, at(now)).ok();
    };
    CHECK(verified("1000000", 1000000 + 300));
    CHECK(verified("1000000", 1000000 - 300));
    CHECK_FALSE(verified("1000000", 1000000 + 301));
    CHECK_FALSE(verified("1000000", 1000000 - 301));
    for (const char* time : {"", "soon", "-5", "1e6", "99999999999999999999", "9223372036854775807"})
      CHECK_FALSE_MESSAGE(verified(time, 1000000), time);
  }
}

}  // namespace triage::connectors
