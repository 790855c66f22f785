#include "deploy/code/source_file.h"

#include <fmt/format.h>

#include "core/files.h"
#include "deploy/code/network_code.h"

namespace inkling {
namespace {

/// In C's quotes; what is not ASCII as octal bytes, and no trigraph.
std::string c_string(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '?')
            result += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
        else
            result += c;
    }
    return result + "\"";
}

/// A name within a comment, which it cannot end.
std::string in_comment(std::string_view text) {
    std::string result;
    for (const char c : text) result += c < ' ' || c > '~' || c == '*' || c == '\\' || c == '?' ? '_' : c;
    return result;
}

std::string class_list(const Model& model) {
    std::string list;
    for (const std::string& name : model.class_names) list += "\n    " + c_string(name) + ",";
    return list;
}

std::string head(const Model& model, WeightFormat format, const std::string& version) {
    const Shape input = model.recipe.network.input;
    return fmt::format(
        "/* {}: a trained network, {} parameters, weights of {} bits; written by inkling {}.\n"
        "   It learned from {}. It reads images of {} x {} x {} bytes (channels, height, width), upright, ink bright "
        "on\n"
        "   black, and gives {} logits, whose largest is the class. */\n",
        in_comment(model.recipe.name), model.parameters.size(), weight_bits(format), in_comment(version),
        in_comment(model.split), input.channels, input.height, input.width, model.classes());
}

/// The functions and arrays, static or, in a header, inline.
std::string body(const NetworkCode& code, bool is_header) {
    std::string text;
    for (const std::string& function : code.functions) {
        std::string_view rest = function;
        while (!rest.empty()) {
            std::string_view line = rest.substr(0, rest.find('\n') + 1);
            rest.remove_prefix(line.size());
            constexpr std::string_view kStatic = "static ";
            if (is_header && line.starts_with(kStatic)) {
                text += "inline ";
                line.remove_prefix(kStatic.size());
            }
            text += line;
        }
        text += "\n";
    }
    const char* constant = is_header ? "inline constexpr" : "static const";
    text += fmt::format("{} Weight weights[] = {{{}\n}};\n\n", constant, code.weights);
    text += fmt::format("{} float numbers[] = {{{}\n}};\n\n", constant, code.numbers);
    return text;
}

std::string header_text(const Model& model, const NetworkCode& code) {
    return fmt::format(
        "#pragma once\n\n#include <cstdint>\n\nnamespace inkling_model {{\n\n"
        "inline constexpr int classes = {0};\ninline constexpr int image_bytes = {1};\n\n"
        "inline constexpr const char* class_names[classes] = {{{2}\n}};\n\n"
        "namespace detail {{\n\nusing std::uint8_t;\n\n{3}}}  // namespace detail\n\n"
        "/// From image (image_bytes) to logits (classes). Takes no memory but {4} bytes for each thread.\n"
        "inline void predict(const std::uint8_t* image, float* logits) {{\n"
        "    using namespace detail;\n    thread_local float work[{5}];\n{6}"
        "    for (int i = 0; i < classes; ++i) logits[i] = work[{7} + i];\n}}\n\n}}  // namespace inkling_model\n",
        model.classes(), model.recipe.network.input.size(), class_list(model), body(code, true),
        code.work_values * sizeof(float), code.work_values, code.calls, code.logits);
}

std::string c_text(const Model& model, const NetworkCode& code) {
    return fmt::format(
        "/* What a program that uses it declares: */\n#include <stdint.h>\n\n"
        "enum {{ inkling_model_classes = {0}, inkling_model_image_bytes = {1} }};\n\n"
        "extern const char* const inkling_model_class_names[inkling_model_classes];\n\n"
        "/* From image (image bytes) to logits (classes). Takes no memory but {4} bytes that all calls share: one at "
        "a\n"
        "   time. */\n"
        "void inkling_model_predict(const uint8_t* image, float* logits);\n\n"
        "const char* const inkling_model_class_names[inkling_model_classes] = {{{2}\n}};\n\n{3}"
        "void inkling_model_predict(const uint8_t* image, float* logits) {{\n"
        "    static float work[{5}];\n{6}"
        "    for (int i = 0; i < inkling_model_classes; ++i) logits[i] = work[{7} + i];\n}}\n",
        model.classes(), model.recipe.network.input.size(), class_list(model), body(code, false),
        code.work_values * sizeof(float), code.work_values, code.calls, code.logits);
}

}  // namespace

CodeNeeds save_source(const std::filesystem::path& path, const Model& model, CodeLanguage language, WeightFormat format,
                      const std::string& version) {
    const NetworkCode code = network_code(model, format);
    write_file(path, head(model, format, version) +
                         (language == CodeLanguage::kCpp17 ? header_text(model, code) : c_text(model, code)));
    return {.constant_bytes = code.constant_bytes, .work_bytes = code.work_values * sizeof(float)};
}

}  // namespace inkling
