#pragma once

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <stdexcept>

namespace tidegate::tests {

// A certificate for 127.0.0.1 and localhost, signed by itself, so that it is its own authority.
class Certificate {
public:
    Certificate()
    {
        Process openssl(
            {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=tidegate test", "-addext",
             "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key().string(), "-out", file().string()},
            {.output = dir_ / "openssl.log"});
        if (openssl.wait() != 0) throw std::runtime_error("openssl failed: " + openssl.output());
    }

    std::filesystem::path file() const { return dir_ / "certificate.pem"; }
    std::filesystem::path key() const { return dir_ / "key.pem"; }

private:
    TempDir dir_;
};

}  // namespace tidegate::tests
