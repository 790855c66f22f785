#include "serve/listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "core/error.h"

namespace inkling::serve {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses find_addresses(const std::string& host, int port) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found); error != 0)
        throw failed("--host {}: {}, expected an address or a name of this machine", host, ::gai_strerror(error));
    return {found, &::freeaddrinfo};
}

/// A listening socket, or -1 with errno.
int try_to_listen(const addrinfo& address) {
    const int descriptor = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    const int yes = 1;
    // So that a server can be started anew while connections of the one before wind up.
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (::bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 && ::listen(descriptor, SOMAXCONN) == 0)
        return descriptor;
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return -1;
}

Listener described(int descriptor) {
    sockaddr_storage bound{};
    socklen_t size = sizeof(bound);
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size);
    ::getnameinfo(reinterpret_cast<sockaddr*>(&bound), size, host.data(), host.size(), port.data(), port.size(),
                  NI_NUMERICHOST | NI_NUMERICSERV);
    if (bound.ss_family == AF_INET6)
        return {descriptor, fmt::format("[{}]:{}", host.data(), port.data()),
                IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<sockaddr_in6&>(bound).sin6_addr) != 0};
    const std::uint32_t number = ntohl(reinterpret_cast<sockaddr_in&>(bound).sin_addr.s_addr);
    return {descriptor, fmt::format("{}:{}", host.data(), port.data()), number >> 24 == IN_LOOPBACKNET};
}

}  // namespace

Listener listen_at(const std::string& host, int port) {
    const Addresses addresses = find_addresses(host, port);
    int error = 0;
    for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next) {
        const int descriptor = try_to_listen(*each);
        if (descriptor >= 0) return described(descriptor);
        error = errno;
    }
    throw failed("cannot listen at {} port {}: {}; take another --port, or 0 for one that is free", host, port,
                 std::strerror(error));
}

}  // namespace inkling::serve
