#include "web/tls/certificate.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string_view>
#include <utility>

namespace tidegate::web {
namespace {

constexpr std::int64_t day_s = 86'400;
constexpr std::int64_t authority_life_s = 3652 * day_s;

Error openssl_failed(std::string_view what)
{
    return {ErrorKind::internal, fmt::format("{}: {}", what, openssl_says())};
}

std::array<unsigned char, 16> drawn()
{
    std::array<unsigned char, 16> bytes{};
    ::RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    bytes[0] &= 0x7FU;  // a serial number is positive
    return bytes;
}

bool set_serial(X509& certificate)
{
    using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
    const auto bytes = drawn();
    const Number number(::BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    return number && ::BN_to_ASN1_INTEGER(number.get(), ::X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_name(X509& certificate, const std::string& common)
{
    auto* name = ::X509_get_subject_name(&certificate);
    const auto add = [name](const char* field, const std::string& text) {
        return ::X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                            reinterpret_cast<const unsigned char*>(text.data()),
                                            static_cast<int>(text.size()), -1, 0) == 1;
    };
    constexpr std::size_t longest = 64;  // of a common name
    return add("O", "Tidegate") && add("CN", common.substr(0, longest));
}

bool set_times(X509& certificate, std::int64_t from_s, std::int64_t to_s)
{
    return ::ASN1_TIME_set(::X509_getm_notBefore(&certificate), from_s) != nullptr &&
           ::ASN1_TIME_set(::X509_getm_notAfter(&certificate), to_s) != nullptr;
}

bool extend(X509& certificate, X509* issuer, int kind, const std::string& value)
{
    X509V3_CTX context{};
    ::X509V3_set_ctx(&context, issuer, &certificate, nullptr, nullptr, 0);
    using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
    const Extension extension(::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    return extension && ::X509_add_ext(&certificate, extension.get(), -1) == 1;
}

// What X509V3_EXT_conf_nid() understands: a name that holds a comma would end there.
bool is_plain(const std::string& name)
{
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
}

std::string mask_of(const std::string& address)
{
    return address.find(':') == std::string::npos ? "255.255.255.255"
                                                  : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
}

std::string constraints_for(const Names& names)
{
    std::vector<std::string> permitted;
    for (const auto domain : local_domains) permitted.push_back(fmt::format("permitted;DNS:{}", domain));
    for (const auto& host : names.hosts)
        if (is_plain(host)) permitted.push_back("permitted;DNS:" + host);
    for (const auto* net :
         {"127.0.0.0/255.0.0.0", "10.0.0.0/255.0.0.0", "172.16.0.0/255.240.0.0", "192.168.0.0/255.255.0.0",
          "169.254.0.0/255.255.0.0", "::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fc00::/fe00::"})
        permitted.push_back(fmt::format("permitted;IP:{}", net));
    for (const auto& address : names.addresses)
        if (!is_local_address(address))
            permitted.push_back(fmt::format("permitted;IP:{}/{}", address, mask_of(address)));
    return fmt::format("critical,{}", fmt::join(permitted, ","));
}

std::string alternatives_of(const Names& names)
{
    std::vector<std::string> all;
    for (const auto& host : names.hosts)
        if (is_plain(host)) all.push_back("DNS:" + host);
    for (const auto& address : names.addresses) all.push_back("IP:" + address);
    return fmt::format("{}", fmt::join(all, ","));
}

// A new key and, around it, a certificate that is not signed yet.
bool begin(Identified& made, const std::string& common, std::int64_t from_s, std::int64_t to_s)
{
    made.key.reset(::EVP_EC_gen("P-256"));
    made.certificate.reset(::X509_new());
    return made.key && made.certificate && ::X509_set_version(made.certificate.get(), X509_VERSION_3) == 1 &&
           set_serial(*made.certificate) && set_name(*made.certificate, common) &&
           set_times(*made.certificate, from_s, to_s) &&
           ::X509_set_pubkey(made.certificate.get(), made.key.get()) == 1;
}

// RFC 5280, 4.2.1.10: the name itself, or with labels before it.
bool is_host_in(std::string_view host, const ASN1_STRING& base)
{
    const std::string_view name(reinterpret_cast<const char*>(::ASN1_STRING_get0_data(&base)),
                                static_cast<std::size_t>(::ASN1_STRING_length(&base)));
    return host == name ||
           (host.size() > name.size() && host.ends_with(name) && host[host.size() - name.size() - 1] == '.');
}

// The base is a network and its mask, each as long as an address.
bool is_address_in(const std::string& address, const ASN1_STRING& base)
{
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    const bool four = address.find(':') == std::string::npos;
    const std::size_t size = four ? sizeof(in_addr) : sizeof(in6_addr);
    if (::inet_pton(four ? AF_INET : AF_INET6, address.c_str(), bytes.data()) != 1) return false;
    if (static_cast<std::size_t>(::ASN1_STRING_length(&base)) != 2 * size) return false;
    const auto* net = ::ASN1_STRING_get0_data(&base);
    for (std::size_t i = 0; i < size; ++i)
        if (((bytes[i] ^ net[i]) & net[size + i]) != 0) return false;
    return true;
}

std::string main_name(const Names& names)
{
    const auto found = std::ranges::find_if(
        names.hosts, [](const auto& host) { return host != "localhost" && host.find('.') == host.npos; });
    return found == names.hosts.end() ? "localhost" : *found;
}

}  // namespace

Result<Identified> make_authority(const Names& names, std::int64_t now_s)
{
    Identified made;
    // A name of its own each time: two authorities of one name confuse those that trust both.
    const auto id = drawn();
    const auto common = fmt::format("Tidegate local CA {:02x}{:02x}{:02x}{:02x}", id[1], id[2], id[3], id[4]);
    const bool good =
        begin(made, common, now_s - day_s, now_s - day_s + authority_life_s) &&
        ::X509_set_issuer_name(made.certificate.get(), ::X509_get_subject_name(made.certificate.get())) ==
            1 &&
        extend(*made.certificate, made.certificate.get(), NID_basic_constraints,
               "critical,CA:TRUE,pathlen:0") &&
        extend(*made.certificate, made.certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
        extend(*made.certificate, made.certificate.get(), NID_subject_key_identifier, "hash") &&
        extend(*made.certificate, made.certificate.get(), NID_name_constraints, constraints_for(names)) &&
        ::X509_sign(made.certificate.get(), made.key.get(), ::EVP_sha256()) > 0;
    if (!good) return openssl_failed("making a certificate authority");
    return made;
}

Names permitted_by(const X509& authority, const Names& names)
{
    using Constraints = std::unique_ptr<NAME_CONSTRAINTS, Freed<NAME_CONSTRAINTS_free>>;
    const Constraints constraints(static_cast<NAME_CONSTRAINTS*>(
        ::X509_get_ext_d2i(&authority, NID_name_constraints, nullptr, nullptr)));
    if (!constraints) return names;
    const auto may = [&constraints](int kind, const std::string& name) {
        const auto* subtrees = constraints->permittedSubtrees;
        for (int i = 0; i < sk_GENERAL_SUBTREE_num(subtrees); ++i) {
            const auto& base = *sk_GENERAL_SUBTREE_value(subtrees, i)->base;
            if (base.type == kind && (kind == GEN_DNS ? is_host_in(name, *base.d.dNSName)
                                                      : is_address_in(name, *base.d.iPAddress)))
                return true;
        }
        return false;
    };
    Names permitted;
    for (const auto& host : names.hosts)
        if (is_plain(host) && may(GEN_DNS, host)) permitted.hosts.push_back(host);
    for (const auto& address : names.addresses)
        if (may(GEN_IPADD, address)) permitted.addresses.push_back(address);
    ::ERR_clear_error();
    return permitted;
}

Result<Identified> make_leaf(const Identified& authority, const Names& names, std::int64_t now_s)
{
    Identified made;
    auto* issuer = authority.certificate.get();
    const auto end_s = std::min(now_s - day_s + leaf_life_s, end_of(*issuer));
    const bool good = begin(made, main_name(names), now_s - day_s, end_s) &&
                      ::X509_set_issuer_name(made.certificate.get(), ::X509_get_subject_name(issuer)) == 1 &&
                      extend(*made.certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                      extend(*made.certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
                      extend(*made.certificate, issuer, NID_ext_key_usage, "serverAuth") &&
                      extend(*made.certificate, issuer, NID_subject_key_identifier, "hash") &&
                      extend(*made.certificate, issuer, NID_authority_key_identifier, "keyid:always") &&
                      extend(*made.certificate, issuer, NID_subject_alt_name, alternatives_of(names)) &&
                      ::X509_sign(made.certificate.get(), authority.key.get(), ::EVP_sha256()) > 0;
    if (!good) return openssl_failed("making the web server's certificate");
    return made;
}

}  // namespace tidegate::web
