#include "core/config.h"

#include <gtest/gtest.h>

#include "core/config_keys.h"
#include "refusal.h"

namespace inkling {
namespace {

Config parse(std::string_view text, std::vector<std::string> overrides = {}) {
    return Config::parse(text, "a.toml", overrides);
}

TEST(Config, GivesValuesAndFallbacks) {
    Config config = parse(
        "a = true\nb = 7\nc = 2.5\nd = \"text\"\ne = [1, 2]\nf = [0.5, 1]\ng = \"two\"\nh = [\"a\", \"\"]\n[s]\nx = "
        "1\n");
    EXPECT_TRUE(config.boolean("a", false));
    EXPECT_EQ(config.integer("b", 0, {0, 10}), 7);
    EXPECT_EQ(config.number("c", 0, {0, 10}), 2.5);
    EXPECT_EQ(config.number("b", 0, {0, 10}), 7);
    EXPECT_EQ(config.string("d", ""), "text");
    EXPECT_EQ(config.integers("e", {}, {0, 10}, 4), (std::vector<int>{1, 2}));
    EXPECT_EQ(config.numbers("f", {}, {0, 10}, 4), (std::vector<double>{0.5, 1}));
    EXPECT_EQ(config.choice("g", 0, {"one", "two"}), 1u);
    EXPECT_EQ(config.strings("h", {}, 2), (std::vector<std::string>{"a", ""}));
    EXPECT_EQ(config.table("s").integer("x", 0, {0, 10}), 1);
    config.finish();

    EXPECT_EQ(config.integer("lacking", 3, {0, 10}), 3);
    EXPECT_EQ(config.table("lacking").integer("x", 4, {0, 10}), 4);
    EXPECT_TRUE(config.tables("lacking", 4).empty());
}

TEST(Config, ListsATablesKeysInTheOrderOfWriting) {
    Config config = parse("z = 1\n[t.b]\n[t.a]\nx = 1\n[c]\n");
    EXPECT_EQ(config.keys(), (std::vector<std::string>{"z", "t", "c"}));
    EXPECT_EQ(config.table("t").keys(), (std::vector<std::string>{"b", "a"}));
    EXPECT_TRUE(config.table("lacking").keys().empty());
}

TEST(Config, NamesLineAndNearestKeyOfAnUnknownOne) {
    Config config = parse("\n[training]\nepoch = 3\n");
    Config training = config.table("training");
    training.integer("epochs", 1, {1, 10});
    training.integer("batch_size", 1, {1, 10});
    EXPECT_EQ(usage_refusal([&] { training.finish(); }), "a.toml:3: unknown key training.epoch; did you mean epochs?");
}

TEST(Config, ListsKnownKeysWhereNoneIsNear) {
    Config config = parse("zzzzzz = 3\n");
    config.integer("epochs", 1, {1, 10});
    config.integer("seed", 1, {1, 10});
    EXPECT_EQ(usage_refusal([&] { config.finish(); }), "a.toml:1: unknown key zzzzzz; known here are epochs, seed");
}

TEST(Config, NamesAMissingKeyUnlessAnotherIsMisspelt) {
    Config config = parse("[[layers]]\ntype = 1\n[[layers]]\ntype = 1\nunit = 3\n");
    for (Config& layer : config.tables("layers", 2)) {
        layer.integer("type", 0, {0, 1});
        layer.require("units");
        EXPECT_EQ(usage_refusal([&] { layer.finish(); }),
                  layer.has("unit") ? "a.toml:5: unknown key layers[1].unit; did you mean units?"
                                    : "a.toml:1: layers[0].units is missing");
    }
}

TEST(Config, StatesTheAllowedRange) {
    Config config = parse("i = 11\nx = 1.0\nl = [3, 4,\n 0]\nn = nan\n");
    EXPECT_EQ(usage_refusal([&] {
                  config.integer("i", 0, {1, 10});
              }),
              "a.toml:1: i is 11, expected a whole number, 1 to 10");
    EXPECT_EQ(usage_refusal([&] { config.number("x", 0, {.least = 0, .most = 1, .without_most = true}); }),
              "a.toml:2: x is 1, expected a number, 0 to less than 1");
    EXPECT_EQ(usage_refusal([&] {
                  config.integers("l", {}, {1, 10}, 3);
              }),
              "a.toml:4: l[2] is 0, expected a whole number, 1 to 10");
    EXPECT_EQ(usage_refusal([&] {
                  config.integers("l", {}, {0, 10}, 2);
              }),
              "a.toml:3: l is a list of 3, expected 2 at most");
    EXPECT_EQ(usage_refusal([&] { config.number("n", 0, {.least = 0, .most = 1, .without_least = true}); }),
              "a.toml:5: n is nan, expected a number, more than 0 to 1");
}

TEST(Config, RefusesANumberThatFloatWouldRoundOutOfItsRange) {
    Config config = parse("beta = 0.99999999999\n");
    EXPECT_THROW(config.number("beta", 0, {.least = 0, .most = 1, .without_most = true}), Error);
}

TEST(Config, RefusesOtherTypes) {
    Config config = parse("s = \"8\"\nf = 8.0\nb = 1\nd = 2024-01-01\nl = [1]\n[t]\n");
    EXPECT_EQ(usage_refusal([&] {
                  config.integer("s", 0, {1, 10});
              }),
              "a.toml:1: s is \"8\", expected a whole number, 1 to 10");
    EXPECT_EQ(usage_refusal([&] {
                  config.integer("f", 0, {1, 10});
              }),
              "a.toml:2: f is 8, expected a whole number without a point, 1 to 10");
    EXPECT_EQ(usage_refusal([&] { config.boolean("b", true); }), "a.toml:3: b is 1, expected true or false");
    EXPECT_EQ(usage_refusal([&] { config.string("d", ""); }), "a.toml:4: d is a date or time, expected text in quotes");
    EXPECT_EQ(usage_refusal([&] { config.table("l"); }), "a.toml:5: l is a list, expected a section [l]");
    EXPECT_EQ(usage_refusal([&] { config.integers("t", {}, {1, 10}, 3); }), "a.toml:6: t is a table, expected a list");
    EXPECT_EQ(usage_refusal([&] { config.strings("l", {}, 3); }), "a.toml:5: l[0] is 1, expected text in quotes");
}

TEST(Config, NamesTheNearestOfAChoice) {
    Config config = parse("kind = \"adma\"\n");
    EXPECT_EQ(usage_refusal([&] {
                  config.choice("kind", 0, {"sgd", "adam"});
              }),
              "a.toml:1: kind is \"adma\", expected one of sgd, adam; did you mean adam?");
}

TEST(Config, SaysWhereTomlIsBroken) {
    EXPECT_EQ(usage_refusal([] { parse("a = 1\nb = = 2\n"); }).substr(0, 28), "a.toml:2: this is not TOML: ");
    EXPECT_EQ(usage_refusal([] { parse("a = 1\na = 2\n"); }).substr(0, 28), "a.toml:2: this is not TOML: ");
}

TEST(Config, OverridesReplaceValuesAndAreNamedInErrors) {
    const std::string text = "[training]\nepochs = 8\n[optimizer]\nkind = \"adam\"\n";
    Config config = parse(text, {"training.epochs=3", "optimizer.kind=sgd", " a.b = [1, 2] ", "training.epochs=4"});
    EXPECT_EQ(config.table("training").integer("epochs", 0, {1, 10}), 4);
    EXPECT_EQ(config.table("optimizer").string("kind", ""), "sgd");
    EXPECT_EQ(config.table("a").integers("b", {}, {1, 2}, 2), (std::vector<int>{1, 2}));
    EXPECT_TRUE(config.table("training").overridden("epochs"));

    Config wrong = parse(text, {"training.epochs=0"});
    EXPECT_EQ(usage_refusal([&] {
                  wrong.table("training").integer("epochs", 0, {1, 10});
              }),
              "--set training.epochs=0: training.epochs is 0, expected a whole number, 1 to 10");
}

TEST(Config, OverridesMayBeWordsOrPathsWithoutQuotes) {
    for (const char* value : {"one_cycle", "runs/cnn-0", "/a/b.safetensors", "../c"})
        EXPECT_EQ(parse("", {std::string("a.b=") + value}).table("a").string("b", ""), value);
    for (const char* value : {"a.b", "-a", "a b/c", "~/a"})
        EXPECT_TRUE(contains(usage_refusal([&] { parse("", {std::string("a.b=") + value}); }), "this is not TOML"));
}

TEST(Config, OverridesMustAssignOneKeyOfOneSection) {
    for (const char* text : {"", "a", "a=1", "a.b", ".b=1", "a.=1", "a.b.c=1", "a.b=1\nc.d=2", "a b.c=1", "[a].b=1"})
        EXPECT_NE(usage_refusal([&] { parse("", {text}); }).find("expected section.key=value"), std::string::npos)
            << text;
    EXPECT_EQ(usage_refusal([] { parse("", {"a.b=["}); }).substr(0, 33), "--set a.b=[: this is not TOML: Er");
}

TEST(Config, RefusesAKeyOfAnotherKindUnlessTheKindAloneWasOverridden) {
    const std::string text = "kind = \"adam\"\nbetas = 1\n";
    Config config = parse("[o]\n" + text);
    EXPECT_EQ(usage_refusal([&] { config.table("o").refuse("betas", "kind", "is not for sgd"); }),
              "a.toml:3: o.betas is not for sgd");

    Config dropped = parse("[o]\n" + text, {"o.kind=sgd"}).table("o");
    dropped.refuse("betas", "kind", "is not for sgd");
    dropped.choice("kind", 0, {"sgd", "adam"});
    dropped.finish();

    Config both = parse("[o]\n" + text, {"o.kind=sgd", "o.betas=2"}).table("o");
    EXPECT_EQ(usage_refusal([&] { both.refuse("betas", "kind", "is not for sgd"); }),
              "--set o.betas=2: o.betas is not for sgd");
}

TEST(Config, BoundsSizeAndDepthBeforeParsing) {
    EXPECT_THROW(parse(std::string(kMaxConfigBytes + 1, ' ')), Error);
    std::string deep;
    for (int i = 0; i < 100000; ++i) deep += "a.";
    EXPECT_THROW(parse(deep + "a = 1"), Error);
    EXPECT_THROW(parse("a = " + std::string(10000, '[') + std::string(10000, ']')), Error);
}

TEST(Config, KeepsMessagesOnOneShortLine) {
    Config config = parse("\"a\\nb\" = 1\nc = \"x\\ny" + std::string(5000, 'z') + "\"\n");
    const std::string unknown = usage_refusal([&] { config.finish(); });
    const std::string mistyped = usage_refusal([&] { config.integer("c", 0, {0, 1}); });
    for (const std::string& message : {unknown, mistyped}) {
        EXPECT_EQ(message.find('\n'), std::string::npos);
        EXPECT_LT(message.size(), 300u);
    }
}

struct Sample {
    bool flag = false;
    int count = 1;
    float rate = 0.1f;
    std::uint64_t seed = 0;
    std::vector<int> steps;
    float low = 0.25f;
    float high = 0.75f;
};

constexpr std::array<ConfigKey<Sample>, 6> kSampleKeys{{
    {.name = "flag", .member = &Sample::flag},
    {.name = "count", .member = &Sample::count, .range = {1, 9}},
    {.name = "rate", .member = &Sample::rate, .range = {0, 1}},
    {.name = "seed", .member = &Sample::seed, .range = {0, 0x1p53}},
    {.name = "steps", .member = &Sample::steps, .range = {1, 9}},
    {.name = "limits", .member = ConfigKey<Sample>::Pair{&Sample::low, &Sample::high}, .range = {0, 1}},
}};

TEST(ConfigKeys, ReadWhatTheyWrite) {
    const Sample sample{true, 3, 0.3f, 9007199254740992u, {2, 4}, 0.1f, 0.2f};
    const std::vector<std::string> lines = write_keys(kSampleKeys, sample);
    EXPECT_EQ(lines, (std::vector<std::string>{"flag = true", "count = 3", "rate = 0.3", "seed = 9007199254740992",
                                               "steps = [2, 4]", "limits = [0.1, 0.2]"}));
    Config config = parse(fmt::format("{}\n", fmt::join(lines, "\n")));
    Sample read;
    read_keys(config, kSampleKeys, read);
    EXPECT_EQ(write_keys(kSampleKeys, read), lines);
}

TEST(ConfigKeys, TellEachNumberForChecking) {
    std::vector<double> numbers;
    for (const ConfigKey<Sample>& key : kSampleKeys)
        for_each_number(key, Sample{.steps = {2, 4}}, [&](double number) { numbers.push_back(number); });
    EXPECT_EQ(numbers, (std::vector<double>{1, 0.1f, 0, 2, 4, 0.25, 0.75}));
}

struct Plain {
    static constexpr const char* kName = "plain";
};

struct Slow {
    static constexpr const char* kName = "slow";
    int pause = 3;
    float rate = 0.5f;
    static constexpr std::array kKeys{
        ConfigKey<Slow>{.name = "pause", .member = &Slow::pause, .range = {1, 9}},
        ConfigKey<Slow>{.name = "rate", .member = &Slow::rate, .range = {0, 1}},
    };
};

/// Slow, but with a usual rate of its own.
struct Slower : Slow {
    static constexpr const char* kName = "slower";
    Slower() { rate = 0.25f; }
};

using Pace = std::variant<Plain, Slow, Slower>;

Pace read_pace(const std::string& text) {
    Config config = parse(text);
    Pace pace = choose_kind(config, "kind", Pace());
    read_kind(config, "kind", pace);
    config.finish();
    return pace;
}

TEST(Kinds, AreNamedInTheirOrder) {
    EXPECT_EQ(kind_names<Pace>(), (std::vector<std::string>{"plain", "slow", "slower"}));
    EXPECT_EQ(key_names<Pace>(), (std::vector<std::string>{"pause", "rate"}));
    EXPECT_STREQ(name_of(kind_at<Pace>(2)), "slower");
}

TEST(Kinds, ReadWhatTheyWriteOverTheirDefaults) {
    EXPECT_TRUE(write_kind(read_pace("")).empty());
    EXPECT_EQ(write_kind(read_pace("kind = \"slow\"\npause = 2\n")),
              (std::vector<std::string>{"pause = 2", "rate = 0.5"}));
    EXPECT_EQ(write_kind(read_pace("kind = \"slower\"\n")), (std::vector<std::string>{"pause = 3", "rate = 0.25"}));
}

TEST(Kinds, RefuseTheKeysOfOthersAndNameTheirOwners) {
    EXPECT_EQ(usage_refusal([] { read_pace("kind = \"plain\"\nrate = 1\n"); }),
              "a.toml:2: rate is not for plain, only for slow, slower");
    EXPECT_EQ(usage_refusal([] { read_pace("kind = \"slov\"\n"); }),
              "a.toml:1: kind is \"slov\", expected one of plain, slow, slower; did you mean slow?");
}

}  // namespace
}  // namespace inkling
