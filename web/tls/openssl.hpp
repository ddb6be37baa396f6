#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string>

// OpenSSL's objects as values with an owner.
namespace tidegate::web {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* one) const
    {
        Free(one);
    }
};

using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using TlsContext = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using TlsConnection = std::unique_ptr<SSL, Freed<SSL_free>>;

std::string openssl_says();  // why its last call on this thread failed; once

}  // namespace tidegate::web
