#pragma once

#include "base/error.hpp"
#include "web/tls/certificate.hpp"
#include "web/tls/context.hpp"
#include "web/tls/names.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::web {

struct TlsOptions {
    // Where an own authority (authority.pem, and ca.crt without its key) and its leaf (web.pem) are kept,
    // 0600.
    std::filesystem::path directory;
    // Instead: a certificate from a file, the authorities between behind it, and its key; the key may be in
    // the same file. Empty: the own one.
    std::filesystem::path certificate_file, key_file;
    std::vector<std::string> names;  // further ones, for the own certificate
};

// The certificate that the web server shows, kept fit: an own one is made again in time (after two thirds of
// its life), when the clock was wrong, and when the machine got a name or address that it does not have; one
// from files when they change. What cannot be used is said in the log, once, and the old one stays.
// One thread.
class CertificateKeeper {
public:
    // The clock of an own certificate never goes below this: a machine without one boots in 1970.
    static constexpr std::int64_t oldest_s = 1'767'225'600;  // 2026-01-01

    // Errors: invalid (a file), unavailable (the directory).
    static Result<std::unique_ptr<CertificateKeeper>> open(TlsOptions options, std::int64_t now_s);

    void look(std::int64_t now_s);  // every few seconds; reads files' dates, and no more unless they changed

    SSL_CTX* context() const { return context_.get(); }  // connections keep the one that they began with
    bool is_own() const { return options_.certificate_file.empty(); }
    const Names& names() const { return names_; }                    // that the certificate has
    const std::string& authority() const { return authority_pem_; }  // PEM; empty: not our own
    const std::string& fingerprint() const
    {
        return fingerprint_;
    }                                                // of the authority, or of the certificate
    std::int64_t ends_s() const { return ends_s_; }  // of the certificate

private:
    explicit CertificateKeeper(TlsOptions options) : options_(std::move(options)) {}

    Result<> use(Identified identified);
    Result<> use_files();
    Result<> use_own(std::int64_t now_s);
    Result<> open_authority(std::int64_t now_s, const Names& wanted);
    Result<> open_leaf(std::int64_t now_s, const Names& wanted);
    Result<> make_leaf_of(const Names& names, std::int64_t now_s);
    bool is_fit(const Identified& leaf, std::int64_t now_s, const Names& names) const;
    std::string state_of_files() const;

    TlsOptions options_;
    Identified authority_;
    TlsContext context_;
    Names names_, wanted_;
    std::string authority_pem_, fingerprint_;
    std::string files_;  // their dates and sizes, when they were last read
    std::int64_t begins_s_ = 0, ends_s_ = 0;
};

// What lies in `directory`, for `tidegate doctor`: read, not made.
struct OwnCertificate {
    std::string fingerprint;  // of the authority
    std::int64_t authority_ends_s = 0, ends_s = 0;
    Names names;     // of the leaf
    Names left_out;  // own names that the authority may not vouch for
};
Result<OwnCertificate> look_at_own(const TlsOptions& options);

}  // namespace tidegate::web
