#include "synth/review_text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace coterie::synth {
namespace {

// In sentences: {item} the noun, {colour} the colour, and words that agree with the noun's number:
// {it} {is} {was} {has} {fits} {feels} {looks} {does}. Four variants a mood.
constexpr int kVariants = 4;
using Variants = std::array<std::string_view, kVariants>;
using Moods = std::array<Variants, kMoods>;

// clang-format off
constexpr std::array<Moods, kTextAspects> kSentences = {{
    // fit
    {{{"The fit is terrible, far too tight even two sizes up.", "The {item} did not fit at all and the sizing chart is useless.", "Runs ridiculously small, I could not even get {it} on.", "Horrible cut, baggy in all the wrong places."},
      {"{It} {fits} smaller than expected, order a size up.", "The fit is a bit off around the shoulders and waist.", "Too long for me and rather loose.", "Not as flattering as on the model, the cut is boxy."},
      {"The fit is okay, nothing special.", "Slightly big, but wearable.", "Sizing is average, I was between two sizes.", "{It} {fits} fine in some places and less so in others."},
      {"{It} {fits} well and true to size.", "Nice fit, not too tight and not too loose.", "The length is just right for me.", "The cut is flattering and the size was as expected."},
      {"The fit is absolutely perfect!", "{It} {fits} like a glove, so flattering.", "Best fitting {item} I have ever owned.", "Perfect fit straight away, true to size and a wonderful cut."}}},
    // quality
    {{{"Awful quality, the seam ripped on the first day.", "Cheap, thin fabric that fell apart in the first wash.", "The quality is shockingly poor and threads hang loose everywhere.", "A hole after wearing {it} twice, what rubbish."},
      {"The material feels thin and I doubt {it} will last.", "Quality is not what it used to be, {it} pilled after a few washes.", "The stitching is uneven.", "Disappointing fabric, {it} lost shape quickly."},
      {"The quality is acceptable for everyday use.", "Fabric is neither thick nor thin, it does the job.", "Quality is so-so, we will see after some washes.", "Average material."},
      {"Good quality, washed {it} several times already without problems.", "The fabric is nice and the seams are neat.", "Solid material, well made.", "{It} {feels} durable and well sewn."},
      {"Excellent quality, you can feel it at once.", "Beautifully made, the fabric is superb.", "Amazing material that still looks new after many washes.", "Outstanding quality, every seam is perfect."}}},
    // colour
    {{{"The colour is completely different from the picture, really ugly.", "The {colour} bled all over my other laundry, terrible.", "Horrible shade, nothing like the photo.", "The colour faded to a sad grey after one wash."},
      {"The {colour} is duller than on the website.", "The colour is not quite what I expected.", "The dye fades a little with every wash.", "In daylight the {colour} looks less nice than on screen."},
      {"The colour is close to the picture.", "{Colour} is fine, I would not call it special.", "The shade is a little different, but okay.", "The colour is neutral enough to combine."},
      {"The {colour} is lovely.", "The colour is just like in the picture.", "Nice shade that goes with everything.", "The {colour} stays fresh after washing."},
      {"The {colour} is gorgeous, even better than in the photo!", "I adore this colour, everybody asks about it.", "Stunning shade of {colour}.", "The colour is rich and beautiful."}}},
    // comfort
    {{{"So itchy that I had to take {it} off after an hour.", "Extremely uncomfortable, {it} cut into my skin.", "Unbearable to wear, hot and scratchy.", "The worst comfort ever, a pain from the first minute."},
      {"A bit scratchy on bare skin.", "Not very comfortable for a whole day.", "The inside feels stiff.", "Not as soft as I had hoped."},
      {"Comfort is alright.", "Comfortable enough for a few hours.", "Neither soft nor scratchy.", "Okay to wear after some breaking in."},
      {"Comfortable all day.", "Soft and pleasant on the skin.", "{It} {feels} light and easy to move in.", "Really comfortable, I wear {it} at home too."},
      {"Incredibly soft and comfortable, I never want to take {it} off!", "Like wearing a cloud, amazing comfort.", "The most comfortable {item} I own.", "So cosy and soft, I love wearing {it}."}}},
    // style
    {{{"{It} {looks} cheap and ugly in real life.", "The design is a disaster, I would be embarrassed to wear {it}.", "Hideous cut and silly details.", "{It} {looks} like a bad costume."},
      {"The style is rather plain compared with the photos.", "{It} {looks} older than expected.", "The details are not my taste in the end.", "Less stylish than I thought."},
      {"The look is simple, hard to say more.", "Style is okay, a basic {item}.", "Looks decent with the right shoes.", "A normal {item}, no surprises."},
      {"{It} {looks} stylish and goes with many things.", "Nice design with pretty details.", "A modern look that works for office and weekend.", "{It} {looks} really good on."},
      {"I get compliments every time I wear {it}!", "Such an elegant design, I love the look.", "Absolutely beautiful, {it} {looks} far more expensive.", "Fantastic style, my new favourite {item}."}}},
    // price
    {{{"A complete waste of money.", "Ridiculously overpriced for what you get.", "Total rip-off at this price.", "I want my money back, not worth a cent."},
      {"Too expensive for what {it} {is}.", "For this price I expected more.", "Wait for a sale before you buy.", "The price is a bit high."},
      {"The price is fair, more or less.", "You get what you pay for.", "Price is average for this kind of thing.", "Okay value."},
      {"Good value for the money.", "Worth the price.", "Reasonably priced, I would pay that again.", "A good buy, especially on sale."},
      {"An absolute bargain!", "Amazing value, I bought three more.", "Unbelievably good for this price.", "Fantastic price, best buy of the year."}}},
    // delivery
    {{{"Delivery took three weeks and the parcel arrived torn.", "They sent the wrong item and nobody answers, terrible service.", "The parcel got lost and support was no help at all.", "Worst delivery ever, I waited a month."},
      {"Delivery was slower than promised.", "The package arrived late and crumpled.", "It took some time and two mails until the parcel came.", "Shipping was disappointing, a week late."},
      {"Delivery was as usual.", "Shipping took a few days, fine.", "Arrived within the stated time.", "Normal delivery, plain packaging."},
      {"Fast delivery and neatly packed.", "Arrived earlier than expected.", "Smooth delivery, no complaints.", "Shipping was quick and easy."},
      {"Super fast delivery, ordered one day and wore {it} the next!", "Excellent service and lovely packaging.", "Delivery was incredibly quick, thank you!", "Perfect delivery, even with a friendly note."}}},
}};

constexpr Moods kOpenings = {{
    {"I am so disappointed.", "Do not buy this {item}.", "Terrible.", "Very unhappy with this purchase."},
    {"Not really what I hoped for.", "A little disappointed.", "I expected more.", "Hmm, not convinced."},
    {"Mixed feelings.", "It is okay.", "Neither good nor bad.", "So far so so."},
    {"Happy with this {item}.", "A good purchase.", "I like {it}.", "Pleasantly surprised."},
    {"I love this {item}!", "Absolutely love {it}!", "Perfect!", "So happy with my order!"},
}};
constexpr Moods kClosings = {{
    {"Sent {it} straight back.", "Never again.", "I regret buying {it}.", "Avoid."},
    {"I will probably return {it}.", "Would not buy again.", "Thinking about sending {it} back.", "Not a keeper, I am afraid."},
    {"I will keep {it}, but would look elsewhere next time.", "Keeping {it} for now.", "Could be better, could be worse.", "Three out of five from me."},
    {"Would buy again.", "I can recommend {it}.", "Glad I chose {it}.", "Wearing {it} a lot."},
    {"Highly recommended!", "Already ordered another colour.", "Will definitely buy again!", "Ten out of ten."},
}};
constexpr std::array<std::string_view, 5> kAbuse = {
    "You people are complete idiots.", "Whoever designed this is a moron.",
    "What a bunch of lying crooks, shame on you.", "Only a fool would sell such crap.",
    "Go to hell with your stupid shop."};
// clang-format on

constexpr double kOpeningShare = 0.55;
constexpr double kClosingShare = 0.40;

struct Agreement {
  std::string_view token, singular, plural;
};
constexpr Agreement kAgreements[] = {
    {"it", "it", "them"},       {"It", "It", "They"},       {"is", "is", "are"},
    {"was", "was", "were"},     {"has", "has", "have"},     {"fits", "fits", "fit"},
    {"feels", "feels", "feel"}, {"looks", "looks", "look"}, {"does", "does", "do"},
};

void append_lower(std::string_view text, bool capital, std::string& out) {
  const size_t start = out.size();
  for (const char c : text) {
    out.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  if (capital) {
    out[start] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[start])));
  }
}

void append_token(std::string_view token, const ReviewSubject& subject, std::string& out) {
  if (token == "item") {
    out += subject.noun;
    return;
  }
  if (token == "colour" || token == "Colour") {
    append_lower(subject.colour, token == "Colour", out);
    return;
  }
  for (const Agreement& word : kAgreements) {
    if (word.token == token) out += subject.plural ? word.plural : word.singular;
  }
}

void append_sentence(std::string_view sentence, const ReviewSubject& subject, std::string& out) {
  if (!out.empty() && out.back() != ' ') out.push_back(' ');
  for (size_t i = 0; i < sentence.size(); ++i) {
    if (sentence[i] != '{') {
      out.push_back(sentence[i]);
      continue;
    }
    const size_t end = sentence.find('}', i);
    append_token(sentence.substr(i + 1, end - i - 1), subject, out);
    i = end;
  }
}

std::string_view pick(const Variants& variants, math::RandomStream& stream) {
  return variants[stream.below(kVariants)];
}

}  // namespace

int mood_of(double experience) {
  constexpr std::array<double, kMoods - 1> kCuts = {-1.25, -0.45, 0.15, 0.8};
  return static_cast<int>(std::ranges::upper_bound(kCuts, experience) - kCuts.begin());
}

void append_review(const ReviewSubject& subject, int overall_mood,
                   std::span<const AspectMood> aspects, bool abusive, math::RandomStream& stream,
                   std::string& out) {
  const auto mood = static_cast<size_t>(overall_mood);
  if (stream.chance(kOpeningShare)) append_sentence(pick(kOpenings[mood], stream), subject, out);
  for (const AspectMood& said : aspects) {
    const Moods& moods = kSentences[static_cast<size_t>(said.aspect)];
    append_sentence(pick(moods[static_cast<size_t>(said.mood)], stream), subject, out);
  }
  if (abusive) append_sentence(kAbuse[stream.below(kAbuse.size())], subject, out);
  if (stream.chance(kClosingShare)) append_sentence(pick(kClosings[mood], stream), subject, out);
}

}  // namespace coterie::synth
