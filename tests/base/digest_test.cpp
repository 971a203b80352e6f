#include "pipeline/base/digest.h"

#include <doctest/doctest.h>

#include <array>

namespace triage {

using namespace std::string_view_literals;

TEST_SUITE("base") {
  TEST_CASE("digest: SHA-256 of the standard's examples") {
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256_hex(std::string(1'000'000, 'a')) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    CHECK(sha256("abc").size() == 32);
  }

  TEST_CASE("digest: HMAC of RFC 4231 and RFC 2202") {
    struct Row {
      std::string key, data;
      std::string_view sha256;
    };
    const std::array rows{
        Row{std::string(20, '\x0b'), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        Row{"Jefe", "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        Row{std::string(20, '\xaa'), std::string(50, '\xdd'),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        Row{std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    for (const Row& row : rows) CHECK(to_hex(hmac_sha256(row.key, row.data)) == row.sha256);
    CHECK(to_hex(hmac_sha1("Jefe", "what do ya want for nothing?")) ==
          "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    CHECK(to_hex(hmac_sha256({}, {})) ==
          "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  }

  TEST_CASE("digest: base64 of RFC 4648, with and without padding, in both alphabets") {
    struct Row {
      std::string_view plain, encoded;
    };
    static constexpr std::array kRows{Row{"", ""},           Row{"f", "Zg=="},
                                      Row{"fo", "Zm8="},     Row{"foo", "Zm9v"},
                                      Row{"foob", "Zm9vYg=="}, Row{"fooba", "Zm9vYmE="},
                                      Row{"foobar", "Zm9vYmFy"}};
    for (const Row& row : kRows) {
      CHECK(to_base64(row.plain) == row.encoded);
      CHECK(from_base64(row.encoded) == std::string(row.plain));
      CHECK(from_base64(row.encoded.substr(0, row.encoded.find('='))) == std::string(row.plain));
    }
    CHECK(from_base64("+/+/") == "\xfb\xff\xbf");
    CHECK(from_base64("-_-_") == "\xfb\xff\xbf");
    for (const std::string_view bad : {"A"sv, "AB=C"sv, "A B="sv, "Zm9v\n"sv, "Zg==Zg=="sv, "äö"sv}) {
      CAPTURE(bad);
      CHECK_FALSE(from_base64(bad).has_value());
    }
  }

  TEST_CASE("digest: hex there and back, in either case, and nothing for the rest") {
    const std::string all("\x00\x01\x7f\x80\xff", 5);
    CHECK(to_hex(all) == "00017f80ff");
    CHECK(from_hex("00017F80fF") == all);
    CHECK(from_hex("") == "");
    for (const std::string_view bad : {"0", "0g", "-1", "0x", " 1"}) CHECK_FALSE(from_hex(bad));
  }

  TEST_CASE("digest: constant-time comparison tells every difference") {
    CHECK(equal_constant_time("", ""));
    CHECK(equal_constant_time("signature", "signature"));
    CHECK_FALSE(equal_constant_time("signature", "Signature"));
    CHECK_FALSE(equal_constant_time("signature", "signaturf"));
    CHECK_FALSE(equal_constant_time("signature", "signatur"));
    CHECK_FALSE(equal_constant_time("a\0b"sv, "a\0c"sv));
  }

  TEST_CASE("digest: random bytes are as many as asked, and others each time") {
    CHECK(random_bytes(0).empty());
    CHECK(random_bytes(32).size() == 32);
    CHECK(random_bytes(32) != random_bytes(32));
  }
}

}  // namespace triage
