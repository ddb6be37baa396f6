#include "web/tls/keeper.hpp"

#include "base/log.hpp"
#include "base/whole_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidegate::web {
namespace {

constexpr auto authority_file = "authority.pem";
constexpr auto public_file = "ca.crt";
constexpr auto leaf_file = "web.pem";

bool contains(const std::vector<std::string>& all, const std::vector<std::string>& some)
{
    return std::ranges::includes(all, some);  // both are sorted
}

Names without(const Names& all, const Names& some)
{
    Names rest;
    std::ranges::set_difference(all.hosts, some.hosts, std::back_inserter(rest.hosts));
    std::ranges::set_difference(all.addresses, some.addresses, std::back_inserter(rest.addresses));
    return rest;
}

// Keys made at a time that the clock had wrong are no worse than others; they must only be in force now.
bool in_force(const X509& certificate, std::int64_t now_s, std::int64_t rest_s)
{
    return begin_of(certificate) <= now_s && end_of(certificate) - now_s > rest_s;
}

Result<Identified> read_own(const std::filesystem::path& file)
{
    auto text = read_secret_file(file);
    if (!text) return text.error();
    return read_identified(*text, {});
}

// Writes nothing where it holds just this: it spares the card.
Result<> keep(const std::filesystem::path& file, const std::string& text)
{
    if (const auto known = read_secret_file(file); known && *known == text) return {};
    return write_whole_file(file, text);
}

Result<> make_private_directory(const std::filesystem::path& directory)
{
    if (::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return Error{ErrorKind::unavailable, fmt::format("{}: {}", directory.string(), std::strerror(errno))};
}

std::string state_of(const std::filesystem::path& file)
{
    struct stat status {};
    if (file.empty() || ::stat(file.c_str(), &status) != 0) return "-";
    return fmt::format("{}.{}:{}:{}", status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size,
                       status.st_ino);
}

std::string listed(const Names& names)
{
    auto all = names.hosts;
    all.insert(all.end(), names.addresses.begin(), names.addresses.end());
    return fmt::format("{}", fmt::join(all, " "));
}

}  // namespace

Result<std::unique_ptr<CertificateKeeper>> CertificateKeeper::open(TlsOptions options, std::int64_t now_s)
{
    std::unique_ptr<CertificateKeeper> keeper(new CertificateKeeper(std::move(options)));
    keeper->files_ = keeper->state_of_files();
    auto used = keeper->is_own() ? keeper->use_own(std::max(now_s, oldest_s)) : keeper->use_files();
    if (!used) return used.error();
    return keeper;
}

void CertificateKeeper::look(std::int64_t now_s)
{
    now_s = std::max(now_s, oldest_s);
    Result<> used;
    if (is_own()) {
        const bool worn = now_s < begins_s_ || now_s - begins_s_ > (ends_s_ - begins_s_) / 3 * 2;
        const auto wanted = own_names(options_.names);
        if (!worn && wanted == wanted_) return;
        used = use_own(now_s);
    } else {
        auto state = state_of_files();
        if (state == files_) return;
        files_ = std::move(state);
        used = use_files();
    }
    if (used)
        log::info("web_certificate renewed names=\"{}\" ends_s={}", log::quoted(listed(names_)), ends_s_);
    else
        log::error("web_certificate kept_the_old_one why=\"{}\"", log::quoted(used.error().what));
}

Result<> CertificateKeeper::use(Identified identified)
{
    auto context = make_context(identified);
    if (!context) return context.error();
    context_ = std::move(*context);
    names_ = names_of(*identified.certificate);
    begins_s_ = begin_of(*identified.certificate);
    ends_s_ = end_of(*identified.certificate);
    return {};
}

Result<> CertificateKeeper::use_files()
{
    const auto named = [this](const Error& error) {
        return Error{error.kind, fmt::format("{}: {}", options_.certificate_file.string(), error.what)};
    };
    const auto certificates = read_whole_file(options_.certificate_file);
    if (!certificates) return certificates.error();
    std::string key;
    if (!options_.key_file.empty()) {
        auto text = read_secret_file(options_.key_file);
        if (!text) return text.error();
        key = std::move(*text);
    }
    auto identified = read_identified(*certificates, key);
    if (!identified) return named(identified.error());
    auto fingerprint = fingerprint_of(*identified->certificate);
    if (auto used = use(std::move(*identified)); !used) return named(used.error());
    fingerprint_ = std::move(fingerprint);
    return {};
}

Result<> CertificateKeeper::use_own(std::int64_t now_s)
{
    wanted_ = own_names(options_.names);  // also when it fails: it is not tried again before they change
    if (auto made = make_private_directory(options_.directory); !made) return made.error();
    if (auto good = open_authority(now_s, wanted_); !good) return good;
    return open_leaf(now_s, wanted_);
}

Result<> CertificateKeeper::open_authority(std::int64_t now_s, const Names& wanted)
{
    const auto file = options_.directory / authority_file;
    auto known = read_own(file);
    if (!known || !in_force(*known->certificate, now_s, leaf_life_s)) {
        if (!known && known.error().kind != ErrorKind::not_found)
            log::warning("web_authority cannot be read, a new one is made file={} why=\"{}\"", file.string(),
                         log::quoted(known.error().what));
        known = make_authority(wanted, now_s);
        if (!known) return known.error();
        const auto text = pem_of(*known->certificate) + pem_of(*known->key);
        if (auto kept = keep(file, text); !kept) return kept;
    }
    authority_ = std::move(*known);
    authority_pem_ = pem_of(*authority_.certificate);
    fingerprint_ = fingerprint_of(*authority_.certificate);
    return keep(options_.directory / public_file, authority_pem_);
}

Result<> CertificateKeeper::open_leaf(std::int64_t now_s, const Names& wanted)
{
    const auto names = permitted_by(*authority_.certificate, wanted);
    const Names left_out = without(wanted, names);
    if (!(left_out == Names{}))
        log::warning(
            "web_certificate leaves out names=\"{}\" why=\"its authority was made for other ones; "
            "see docs/security.md\"",
            log::quoted(listed(left_out)));
    auto known = read_own(options_.directory / leaf_file);
    if (known && is_fit(*known, now_s, names)) return use(std::move(*known));
    return make_leaf_of(names, now_s);
}

Result<> CertificateKeeper::make_leaf_of(const Names& names, std::int64_t now_s)
{
    auto made = make_leaf(authority_, names, now_s);
    if (!made) return made.error();
    const auto text = pem_of(*made->certificate) + pem_of(*made->key);
    if (auto kept = keep(options_.directory / leaf_file, text); !kept) return kept;
    return use(std::move(*made));
}

bool CertificateKeeper::is_fit(const Identified& leaf, std::int64_t now_s, const Names& names) const
{
    const auto& certificate = *leaf.certificate;
    const auto has = names_of(certificate);
    const auto life = end_of(certificate) - begin_of(certificate);
    return is_signed_by(certificate, *authority_.certificate) && in_force(certificate, now_s, life / 3) &&
           contains(has.hosts, names.hosts) && contains(has.addresses, names.addresses);
}

std::string CertificateKeeper::state_of_files() const
{
    return state_of(options_.certificate_file) + " " + state_of(options_.key_file);
}

Result<OwnCertificate> look_at_own(const TlsOptions& options)
{
    const auto authority = read_own(options.directory / authority_file);
    if (!authority) return authority.error();
    const auto leaf = read_own(options.directory / leaf_file);
    if (!leaf) return leaf.error();
    OwnCertificate own;
    own.fingerprint = fingerprint_of(*authority->certificate);
    own.authority_ends_s = end_of(*authority->certificate);
    own.ends_s = end_of(*leaf->certificate);
    own.names = names_of(*leaf->certificate);
    const auto wanted = own_names(options.names);
    const auto permitted = permitted_by(*authority->certificate, wanted);
    own.left_out = without(wanted, permitted);
    return own;
}

}  // namespace tidegate::web
