#include "core/hash.h"

#include <openssl/evp.h>

#include "core/error.h"

namespace inkling {

std::array<std::byte, 32> sha256_digest(std::span<const std::byte> contents) {
    std::array<std::byte, 32> digest{};
    unsigned size = 0;
    if (EVP_Digest(contents.data(), contents.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                   EVP_sha256(), nullptr) != 1)
        throw failed("SHA-256 is not available in this OpenSSL");
    return digest;
}

std::string sha256(std::span<const std::byte> contents) {
    std::string text;
    for (const std::byte byte : sha256_digest(contents)) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
    return text;
}

}  // namespace inkling
