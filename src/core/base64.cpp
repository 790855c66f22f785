#include "core/base64.h"

#include <openssl/evp.h>

#include "core/error.h"

namespace inkling {

std::string base64(std::span<const std::byte> bytes) {
    constexpr std::size_t kMost = std::size_t{1} << 30;  // OpenSSL counts in int
    if (bytes.size() > kMost)
        throw failed("{} bytes are too many for base64, expected {} at most", bytes.size(), kMost);
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

}  // namespace inkling
