#pragma once

#include <string>

namespace inkling::serve {

/// A TCP socket that listens.
struct Listener {
    int descriptor = -1;
    std::string address;  // as in a URL: "127.0.0.1:8080", "[::1]:8080"
    bool local = true;    // whether only this machine reaches it
};

/// Listens at an address or name of this machine; port 0: one that is free. Throws Error (failed) that says why not.
Listener listen_at(const std::string& host, int port);

}  // namespace inkling::serve
