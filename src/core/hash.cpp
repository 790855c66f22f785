#include "core/hash.h"

#include <openssl/evp.h>

#include <array>

#include "core/error.h"

namespace inkling {

std::string sha256(std::span<const std::byte> contents) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(contents.data(), contents.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw failed("SHA-256 is not available in this OpenSSL");
    std::string text;
    for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
}

}  // namespace inkling
