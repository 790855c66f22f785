#pragma once

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "local_server.h"

namespace inkling {

/// A key, and a certificate for localhost that is signed with it.
class TlsIdentity {
  public:
    /// Seconds from now between which the certificate holds.
    explicit TlsIdentity(long from = -3600, long to = 3600)
        : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
        X509* certificate = certificate_.get();
        X509_set_version(certificate, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), from);
        X509_gmtime_adj(X509_getm_notAfter(certificate), to);
        X509_NAME* name = X509_get_subject_name(certificate);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1,
                                   -1, 0);
        X509_set_issuer_name(certificate, name);
        X509_set_pubkey(certificate, key_.get());
        const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names(
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost"), X509_EXTENSION_free);
        X509_add_ext(certificate, names.get(), -1);
        if (X509_sign(certificate, key_.get(), EVP_sha256()) == 0) throw std::runtime_error("cannot sign");
    }

    /// The certificate, for those who are to trust it.
    void write(const std::filesystem::path& path) const {
        const std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(path.c_str(), "w"), std::fclose);
        if (!file || PEM_write_X509(file.get(), certificate_.get()) != 1) throw std::runtime_error("cannot write");
    }

    EVP_PKEY* key() const { return key_.get(); }
    X509* certificate() const { return certificate_.get(); }

  private:
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

/// Speaks TLS before a plain server of this machine that closes its connection after each reply.
class TlsFront {
  public:
    TlsFront(int port_behind, const TlsIdentity& identity)
        : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free),
          server_([this, port_behind](int connection, const std::atomic<bool>&) { pass_on(connection, port_behind); }) {
        std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to clients that have gone
        SSL_CTX_use_certificate(context_.get(), identity.certificate());
        SSL_CTX_use_PrivateKey(context_.get(), identity.key());
    }

    std::string url(const std::string& path) const {
        return "https://localhost:" + std::to_string(server_.port()) + path;
    }

  private:
    void pass_on(int connection, int port_behind) const {
        const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_.get()), SSL_free);
        SSL_set_fd(tls.get(), connection);
        if (SSL_accept(tls.get()) != 1) return;
        char piece[16384];
        const int request = SSL_read(tls.get(), piece, sizeof(piece));  // clients send one in one piece
        if (request <= 0) return;
        const int behind = connect_to(port_behind);
        send_all(behind, std::as_bytes(std::span(piece, static_cast<std::size_t>(request))));
        while (true) {
            const auto count = ::recv(behind, piece, sizeof(piece), 0);
            if (count <= 0 || SSL_write(tls.get(), piece, static_cast<int>(count)) <= 0) break;
        }
        ::close(behind);
        SSL_shutdown(tls.get());
    }

    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    LocalServer server_;
};

}  // namespace inkling
