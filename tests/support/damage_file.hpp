#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

// What tests do to database files behind a store's back.
namespace tidegate::tests {

inline std::string read_bytes(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes)
{
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << bytes;
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

// The rows of a statement, their columns as text with '|' between; throws what SQLite says.
inline std::vector<std::string> run_sql(const std::filesystem::path& file, const std::string& sql)
{
    sqlite3* raw = nullptr;
    std::vector<std::string> rows;
    const auto take = [](void* to, int count, char** columns, char**) {
        std::string row;
        for (int i = 0; i < count; ++i)
            row += (i == 0 ? "" : "|") + std::string(columns[i] == nullptr ? "" : columns[i]);
        static_cast<std::vector<std::string>*>(to)->push_back(row);
        return 0;
    };
    const bool done = sqlite3_open(file.c_str(), &raw) == SQLITE_OK &&
                      sqlite3_exec(raw, sql.c_str(), take, &rows, nullptr) == SQLITE_OK;
    const std::string why = done ? "" : sqlite3_errmsg(raw);
    sqlite3_close(raw);
    if (!done) throw std::runtime_error(file.string() + ": " + why);
    return rows;
}

}  // namespace tidegate::tests
