#include "web/tls/certificate.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <ctime>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace tidegate::web {
namespace {

Bio memory_of(const std::string& text)
{
    return Bio(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(const Bio& memory)
{
    char* data = nullptr;
    // BIO_get_mem_data(), which is a macro with a cast in it.
    const auto size = ::BIO_ctrl(memory.get(), BIO_CTRL_INFO, 0, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

int no_password(char*, int, int, void*)
{
    return 0;
}

std::int64_t seconds_of(const ASN1_TIME* time)
{
    std::tm parts{};
    return ::ASN1_TIME_to_tm(time, &parts) == 1 ? ::timegm(&parts) : 0;
}

std::string text_of_address(const ASN1_OCTET_STRING& bytes)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = ::ASN1_STRING_length(&bytes) == 4 ? AF_INET : AF_INET6;
    const auto* made = ::inet_ntop(family, ::ASN1_STRING_get0_data(&bytes), text.data(), text.size());
    return made != nullptr ? made : "";
}

}  // namespace

std::vector<Certificate> certificates_in(const std::string& text)
{
    std::vector<Certificate> found;
    const auto in = memory_of(text);
    while (auto* one = ::PEM_read_bio_X509(in.get(), nullptr, no_password, nullptr)) found.emplace_back(one);
    ::ERR_clear_error();
    return found;
}

PrivateKey key_in(const std::string& text)
{
    const auto in = memory_of(text);
    PrivateKey key(::PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr));
    ::ERR_clear_error();
    return key;
}

bool is_key_of(const PrivateKey& key, const X509& certificate)
{
    const bool fits = ::X509_check_private_key(&certificate, key.get()) == 1;
    ::ERR_clear_error();
    return fits;
}

Result<Identified> read_identified(const std::string& certificates, const std::string& key)
{
    Identified read;
    auto found = certificates_in(certificates);
    if (found.empty()) return Error{ErrorKind::invalid, "there is no certificate (PEM) in it"};
    read.certificate = std::move(found.front());
    found.erase(found.begin());
    read.chain = std::move(found);
    read.key = key_in(key.empty() ? certificates : key);
    if (!read.key) return Error{ErrorKind::invalid, "there is no private key (PEM, without a password)"};
    if (!is_key_of(read.key, *read.certificate))
        return Error{ErrorKind::invalid, "the private key is of another certificate"};
    return read;
}

std::string pem_of(const X509& certificate)
{
    const Bio out(::BIO_new(::BIO_s_mem()));
    ::PEM_write_bio_X509(out.get(), &certificate);
    return text_of(out);
}

std::string pem_of(EVP_PKEY& key)
{
    const Bio out(::BIO_new(::BIO_s_mem()));
    ::PEM_write_bio_PKCS8PrivateKey(out.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(out);
}

std::string fingerprint_of(const X509& certificate)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    ::X509_digest(&certificate, ::EVP_sha256(), digest.data(), &size);
    using Text = std::unique_ptr<char, decltype([](char* text) { ::OPENSSL_free(text); })>;
    const Text text(::OPENSSL_buf2hexstr(digest.data(), size));
    return text ? text.get() : "";
}

std::int64_t begin_of(const X509& certificate)
{
    return seconds_of(::X509_get0_notBefore(&certificate));
}

std::int64_t end_of(const X509& certificate)
{
    return seconds_of(::X509_get0_notAfter(&certificate));
}

Names names_of(const X509& certificate)
{
    Names names;
    using Alternatives = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
    const Alternatives all(static_cast<GENERAL_NAMES*>(
        ::X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
        const auto* one = sk_GENERAL_NAME_value(all.get(), i);
        if (one->type == GEN_DNS)
            names.hosts.emplace_back(reinterpret_cast<const char*>(::ASN1_STRING_get0_data(one->d.dNSName)),
                                     static_cast<std::size_t>(::ASN1_STRING_length(one->d.dNSName)));
        if (one->type == GEN_IPADD) names.addresses.push_back(text_of_address(*one->d.iPAddress));
    }
    std::ranges::sort(names.hosts);
    std::ranges::sort(names.addresses);
    return names;
}

bool is_signed_by(const X509& leaf, const X509& authority)
{
    auto* key = ::X509_get0_pubkey(&authority);
    // Neither is changed; OpenSSL's signature does not say so.
    const bool good = key != nullptr && ::X509_verify(const_cast<X509*>(&leaf), key) == 1;
    ::ERR_clear_error();
    return good;
}

}  // namespace tidegate::web
