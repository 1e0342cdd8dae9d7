#include "synth/people.h"

#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>

namespace coterie::synth {
namespace {

// clang-format off
constexpr std::string_view kWomenSe[] = {"Anna", "Eva", "Maria", "Karin", "Sara", "Lena", "Emma", "Kerstin", "Malin", "Johanna", "Åsa", "Linnea", "Elin", "Ebba", "Maja", "Wilma", "Frida", "Ulrika", "Camilla", "Astrid"};
constexpr std::string_view kMenSe[] = {"Lars", "Anders", "Johan", "Erik", "Karl", "Per", "Oskar", "Gustav", "Nils", "Jonas", "Björn", "Viktor", "Hugo", "Axel", "Mattias", "Fredrik"};
constexpr std::string_view kFamiliesSe[] = {"Andersson", "Johansson", "Lindqvist", "Nilsson", "Bergström", "Sandberg", "Holm", "Nyström", "Ekström", "Wallin", "Sjöberg", "Engström", "Dahlgren", "Forsberg", "Hedlund", "Lundin", "Åkesson", "Norén", "Ström", "Blom"};
constexpr std::string_view kTownsSe[] = {"Stockholm", "Göteborg", "Malmö", "Uppsala", "Linköping", "Örebro", "Umeå"};
constexpr std::string_view kWomenNo[] = {"Ingrid", "Nora", "Kari", "Solveig", "Marit", "Silje", "Hanne", "Thea", "Ida", "Sunniva", "Turid", "Guro", "Tuva", "Randi"};
constexpr std::string_view kMenNo[] = {"Ole", "Knut", "Magnus", "Sindre", "Eirik", "Henrik", "Øyvind", "Trond", "Jakob", "Sander", "Torstein", "Geir"};
constexpr std::string_view kFamiliesNo[] = {"Hansen", "Olsen", "Larsen", "Haugen", "Bakke", "Solberg", "Moen", "Strand", "Lie", "Tangen", "Nygård", "Rønning", "Fjeld", "Hovland"};
constexpr std::string_view kTownsNo[] = {"Oslo", "Bergen", "Trondheim", "Stavanger", "Tromsø"};
constexpr std::string_view kWomenDk[] = {"Freja", "Mette", "Karen", "Sofie", "Signe", "Astrid", "Lærke", "Camilla", "Birgit", "Louise", "Rikke", "Stine"};
constexpr std::string_view kMenDk[] = {"Jens", "Mikkel", "Søren", "Rasmus", "Frederik", "Emil", "Niels", "Kasper", "Anton", "Mads", "Torben"};
constexpr std::string_view kFamiliesDk[] = {"Jensen", "Nielsen", "Møller", "Christensen", "Lund", "Kjær", "Holst", "Bruun", "Skov", "Thomsen", "Vestergaard", "Iversen"};
constexpr std::string_view kTownsDk[] = {"København", "Aarhus", "Odense", "Aalborg"};
constexpr std::string_view kWomenDe[] = {"Julia", "Katharina", "Sabine", "Lea", "Hannah", "Anja", "Petra", "Franziska", "Mia", "Claudia", "Leonie", "Birgit", "Clara", "Heike", "Jana", "Marlene"};
constexpr std::string_view kMenDe[] = {"Lukas", "Stefan", "Thomas", "Jürgen", "Felix", "Jan", "Matthias", "Leon", "Tobias", "Paul", "Andreas", "Moritz", "Uwe"};
constexpr std::string_view kFamiliesDe[] = {"Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Wagner", "Becker", "Hoffmann", "Schäfer", "Koch", "Richter", "Klein", "Wolf", "Neumann", "Krüger", "Hartmann", "Lange", "Vogel", "Keller", "Brandt"};
constexpr std::string_view kTownsDe[] = {"Berlin", "Hamburg", "München", "Köln", "Leipzig", "Frankfurt", "Stuttgart", "Bremen"};
constexpr std::string_view kWomenNl[] = {"Sanne", "Lotte", "Fleur", "Anouk", "Femke", "Iris", "Marieke", "Roos", "Eline", "Jolijn", "Tess", "Wilma"};
constexpr std::string_view kMenNl[] = {"Daan", "Sem", "Bram", "Pieter", "Thijs", "Ruben", "Joost", "Willem", "Lars", "Maarten", "Sjoerd"};
constexpr std::string_view kFamiliesNl[] = {"de Jong", "Jansen", "de Vries", "van Dijk", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "de Boer", "Bos", "Vos", "Peters", "Hendriks"};
constexpr std::string_view kTownsNl[] = {"Amsterdam", "Rotterdam", "Utrecht", "Eindhoven", "Groningen"};
constexpr std::string_view kWomenGb[] = {"Olivia", "Amelia", "Grace", "Emily", "Charlotte", "Sophie", "Lucy", "Hannah", "Rachel", "Megan", "Alice", "Zoe", "Priya", "Helen", "Joanne", "Chloe"};
constexpr std::string_view kMenGb[] = {"Oliver", "George", "Harry", "Jack", "Thomas", "James", "Daniel", "Ryan", "Adam", "Samuel", "Imran", "Peter", "Callum"};
constexpr std::string_view kFamiliesGb[] = {"Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Walker", "Wright", "Robinson", "Hughes", "Green", "Hall", "Patel", "Clarke", "Ward", "Cooper", "Bailey", "Marsh", "Khan", "Holt"};
constexpr std::string_view kTownsGb[] = {"London", "Manchester", "Leeds", "Bristol", "Glasgow", "Birmingham", "Cardiff"};

constexpr Country kCountries[] = {
    {"SE", 0.28, kWomenSe, kMenSe, kFamiliesSe, kTownsSe},
    {"DE", 0.26, kWomenDe, kMenDe, kFamiliesDe, kTownsDe},
    {"GB", 0.18, kWomenGb, kMenGb, kFamiliesGb, kTownsGb},
    {"NO", 0.10, kWomenNo, kMenNo, kFamiliesNo, kTownsNo},
    {"NL", 0.10, kWomenNl, kMenNl, kFamiliesNl, kTownsNl},
    {"DK", 0.08, kWomenDk, kMenDk, kFamiliesDk, kTownsDk},
};

constexpr std::pair<std::string_view, std::string_view> kLetters[] = {
    {"Å", "a"}, {"å", "a"}, {"Ä", "a"}, {"ä", "a"}, {"Ö", "o"}, {"ö", "o"}, {"Ø", "o"}, {"ø", "o"},
    {"Æ", "ae"}, {"æ", "ae"}, {"ü", "u"}, {"Ü", "u"}, {"é", "e"}, {"É", "e"}, {"ß", "ss"}};
// clang-format on

std::string_view pick(std::span<const std::string_view> texts, math::RandomStream& stream) {
  return texts[stream.below(static_cast<uint32_t>(texts.size()))];
}

}  // namespace

std::span<const Country> countries() { return kCountries; }

Person draw_person(const Country& country, bool woman, math::RandomStream& stream) {
  const std::string_view first = pick(woman ? country.women : country.men, stream);
  return {first, pick(country.families, stream)};
}

std::string plain_letters(std::string_view name) {
  std::string text;
  for (size_t i = 0; i < name.size();) {
    const auto byte = static_cast<unsigned char>(name[i]);
    if (byte < 0x80) {
      if (std::isalpha(byte) != 0) text.push_back(static_cast<char>(std::tolower(byte)));
      ++i;
      continue;
    }
    size_t length = 1;
    for (const auto& [letter, plain] : kLetters) {
      if (!name.substr(i).starts_with(letter)) continue;
      text += plain;
      length = letter.size();
      break;
    }
    i += length;
  }
  return text;
}

std::string email_of(const Person& person, math::RandomStream& stream) {
  constexpr std::array<std::string_view, 3> kDomains = {"example.com", "example.org",
                                                        "example.net"};
  const uint32_t number = stream.below(1000);
  return fmt::format("{}.{}{}@{}", plain_letters(person.first_name),
                     plain_letters(person.last_name), number, kDomains[stream.below(3)]);
}

}  // namespace coterie::synth
