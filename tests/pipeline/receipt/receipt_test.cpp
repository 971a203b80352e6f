#include "pipeline/receipt/receipt.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <random>

#include "pipeline/base/digest.h"
#include "pipeline/receipt/statement.h"

using namespace triage;
using namespace triage::receipt;

namespace {

std::vector<std::string> sample_log(const SigningKey& key, int entries) {
  std::vector<std::string> log;
  std::string previous{kGenesis};
  for (int i = 0; i < entries; ++i) {
    Json statement = Json::object();
    statement.set("_type", "https://in-toto.io/Statement/v1");
    statement.set("predicate", Json::object().set("run", "R" + std::to_string(i)).set("n", i));
    log.push_back(seal(statement, key, previous));
    previous = chain_hash(previous, log.back());
  }
  return log;
}

struct TemporaryDirectory {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("triaged-receipt-" + to_hex(random_bytes(6)));
  TemporaryDirectory() { std::filesystem::create_directory(path); }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_SUITE("receipt") {
  TEST_CASE("receipt: the encoding follows the vectors of the DSSE specification") {
    struct Row {
      std::string type, body, encoded;
    };
    for (const Row& row : std::vector<Row>{
             {"http://example.com/HelloWorld", "hello world",
              "DSSEv1 29 http://example.com/HelloWorld 11 hello world"},
             {"", "", "DSSEv1 0  0 "},
             {"a", std::string("b\0c", 3), std::string("DSSEv1 1 a 3 b\0c", 16)},
             {"caf\xc3\xa9", " 1 x", "DSSEv1 5 caf\xc3\xa9 4  1 x"},  // bytes, not letters
         })
      CHECK(pre_authentication_encoding(row.type, row.body) == row.encoded);
  }

  TEST_CASE("receipt: an envelope's signature is over that encoding, and libcrypto's own check agrees") {
    const SigningKey key = SigningKey::generate();
    const Json envelope = *parse_json(sample_log(key, 1)[0]);
    const std::string payload = *from_base64(envelope["payload"].as_string());
    const std::string signature = *from_base64(envelope["signatures"].items()[0]["sig"].as_string());
    CHECK(envelope["payloadType"].as_string() == kPayloadType);
    CHECK(envelope["signatures"].items()[0]["keyid"].as_string() == key.id());
    CHECK(*key_id(key.public_key()) == key.id());
    const std::string signed_bytes = "DSSEv1 28 application/vnd.in-toto+json " +
                                     std::to_string(payload.size()) + " " + payload;
    CHECK(*verify_signature(key.public_key(), signed_bytes, signature));
    CHECK_FALSE(*verify_signature(key.public_key(), payload, signature));
  }

  TEST_CASE("receipt: a log that nobody touched verifies, with and without its head") {
    const SigningKey key = SigningKey::generate();
    const auto log = sample_log(key, 8);
    const auto head = verify_log(log, key.public_key());
    REQUIRE(head.ok());
    CHECK(verify_log(log, key.public_key(), *head).ok());
    CHECK(*verify_log({}, key.public_key()) == kGenesis);
  }

  TEST_CASE("receipt: deletion, reorder, truncation, repetition and a foreign key are found") {
    const SigningKey key = SigningKey::generate();
    const auto log = sample_log(key, 6);
    const std::string head = *verify_log(log, key.public_key());

    SUBCASE("each single deletion inside") {
      for (size_t i = 0; i + 1 < log.size(); ++i) {
        auto cut = log;
        cut.erase(cut.begin() + static_cast<long>(i));
        CHECK_FALSE(verify_log(cut, key.public_key()).ok());
      }
    }
    SUBCASE("truncation, against the head") {
      auto cut = log;
      cut.pop_back();
      CHECK(verify_log(cut, key.public_key()).ok());  // a prefix is a valid log by itself
      CHECK_FALSE(verify_log(cut, key.public_key(), head).ok());
    }
    SUBCASE("each swap of neighbours") {
      for (size_t i = 0; i + 1 < log.size(); ++i) {
        auto swapped = log;
        std::swap(swapped[i], swapped[i + 1]);
        CHECK_FALSE(verify_log(swapped, key.public_key()).ok());
      }
    }
    SUBCASE("an entry twice") {
      auto doubled = log;
      doubled.insert(doubled.begin() + 2, log[2]);
      CHECK_FALSE(verify_log(doubled, key.public_key()).ok());
    }
    SUBCASE("another key") {
      CHECK_FALSE(verify_log(log, SigningKey::generate().public_key()).ok());
    }
    SUBCASE("an entry signed by another key") {
      auto forged = log;
      forged.back() = sample_log(SigningKey::generate(), 6).back();
      CHECK_FALSE(verify_log(forged, key.public_key()).ok());
    }
  }

  TEST_CASE("receipt: the key file is made once, private, and read again") {
    const TemporaryDirectory directory;
    const std::string path = directory.path / "receipt.key";
    const auto first = SigningKey::load_or_create(path);
    REQUIRE(first.ok());
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    CHECK(SigningKey::load_or_create(path)->public_key() == first->public_key());
  }

  TEST_CASE("receipt: a key file that is not one is refused with what to do") {
    const TemporaryDirectory directory;
    const std::string path = directory.path / "receipt.key";
    FILE* file = std::fopen(path.c_str(), "w");
    REQUIRE(file != nullptr);
    std::fputs("not a key", file);
    std::fclose(file);
    const auto key = SigningKey::load_or_create(path);
    REQUIRE_FALSE(key.ok());
    CHECK(key.error().message.find("restore it") != std::string::npos);
  }

  TEST_CASE("receipt: the statement of a run holds digests and counts, never private values") {
    Run run;
    run.id = "7Q2KABCDEF";
    run.ticket.key = {"desk", "5120"};
    run.ticket.body = RawText("mail jane@example.com");
    run.redaction.emplace();
    run.redaction->spans.push_back({"body", 5, 21, "EMAIL", "email", "<EMAIL_1>"});
    run.redaction->vault["<EMAIL_1>"] = "jane@example.com";
    run.verification.emplace();
    run.verification->steps.push_back({"base tests", "make test", 1, Milliseconds(5), "log line"});
    run.verification->changes.push_back({"a.py", "x = 1\n", false});
    const std::string text = run_statement(run, {}, Ending::diagnosis, TimePoint{}).dump();
    CHECK(text.find("jane@example.com") == std::string::npos);
    CHECK(text.find("\"hidden\":{\"EMAIL\":1}") != std::string::npos);
    CHECK(text.find(sha256_hex("log line")) != std::string::npos);
    CHECK(text.find(sha256_hex("x = 1\n")) != std::string::npos);
    CHECK(text.find("\"ending\":\"diagnosis\"") != std::string::npos);
  }
}
