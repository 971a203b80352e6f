#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "pipeline/base/digest.h"
#include "pipeline/receipt/receipt.h"

namespace triage::receipt {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;
using ContextPtr = std::unique_ptr<EVP_MD_CTX, FreeKey>;
using BioPtr = std::unique_ptr<BIO, FreeKey>;

const unsigned char* bytes_of(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

BioPtr bio_of(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Writes the file whole or not at all; an existing file is left alone.
Result<void> write_private_file(const std::string& path, const std::string& content) {
  const auto failed = [&](const char* what) {
    return Error{ErrorKind::exhausted, std::string("cannot ") + what + " the receipt key " + path +
                                           ": " + std::strerror(errno)};
  };
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return failed("create");
  const ssize_t put = ::write(fd, content.data(), content.size());
  const bool written = put == static_cast<ssize_t>(content.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written) return failed("write");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("store");
  return {};
}

Result<KeyPtr> read_public(std::string_view pem) {
  KeyPtr key(PEM_read_bio_PUBKEY(bio_of(pem).get(), nullptr, nullptr, nullptr));
  if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519)
    return invalid_input("the public key is not an Ed25519 key in PEM");
  return key;
}

std::string id_of(const EVP_PKEY* key) {
  std::array<unsigned char, 32> raw{};
  size_t size = raw.size();
  EVP_PKEY_get_raw_public_key(key, raw.data(), &size);
  return sha256_hex({reinterpret_cast<const char*>(raw.data()), size}).substr(0, 16);
}

}  // namespace

struct SigningKey::Impl {
  KeyPtr key;
};

SigningKey SigningKey::generate() {
  auto impl = std::make_shared<Impl>();
  impl->key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!impl->key) throw std::runtime_error("cannot make an Ed25519 key");
  SigningKey out;
  out.impl_ = std::move(impl);
  return out;
}

Result<SigningKey> SigningKey::load_or_create(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    SigningKey made = generate();
    const BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bio.get(), made.impl_->key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    TRY(write_private_file(path, text_of(bio.get())));
    return made;
  }
  const std::string pem{std::istreambuf_iterator<char>(file), {}};
  auto impl = std::make_shared<Impl>();
  impl->key.reset(PEM_read_bio_PrivateKey(bio_of(pem).get(), nullptr, nullptr, nullptr));
  if (!impl->key || EVP_PKEY_get_id(impl->key.get()) != EVP_PKEY_ED25519)
    return Error{ErrorKind::corrupt, "the receipt key " + path +
                                         " is not an Ed25519 private key in PEM; restore it from "
                                         "the backup, or move it away to start with a new one"};
  SigningKey out;
  out.impl_ = std::move(impl);
  return out;
}

std::string SigningKey::sign(std::string_view message) const {
  const ContextPtr context(EVP_MD_CTX_new());
  std::array<unsigned char, 64> signature{};
  size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, impl_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(message), message.size()) != 1)
    throw std::runtime_error("signing the receipt failed");
  return {reinterpret_cast<const char*>(signature.data()), size};
}

std::string SigningKey::public_key() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), impl_->key.get());
  return text_of(bio.get());
}

std::string SigningKey::id() const { return id_of(impl_->key.get()); }

Result<std::string> key_id(std::string_view public_key) { return id_of(TRY(read_public(public_key)).get()); }

Result<bool> verify_signature(std::string_view public_key, std::string_view message,
                              std::string_view signature) {
  const KeyPtr key = TRY(read_public(public_key));
  const ContextPtr context(EVP_MD_CTX_new());
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1)
    return internal_error("libcrypto refused the public key");
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

}  // namespace triage::receipt
