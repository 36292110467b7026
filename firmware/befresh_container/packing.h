// What a container says, byte by byte. Plain C++ without anything of Arduino, so that a PC can check it.
//
// In: what sensors measured. Out: the bytes of a characteristic, little-endian; none of them where nothing is known. The
// fridge then has no value, which is better than one that nobody measured.
#pragma once

#include <cmath>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

namespace befresh {

constexpr char SERVICE[] = "19b10000-0000-537e-4f6c-d104768a1214";
constexpr char TEMPERATURE[] = "19b10000-2001-537e-4f6c-d104768a1214"; // f32, degrees Celsius
constexpr char HUMIDITY[] = "19b10000-3001-537e-4f6c-d104768a1214";    // u8, percent
constexpr char PRESSURE[] = "19b10000-4001-537e-4f6c-d104768a1214";    // f32, hPa
constexpr char CO2[] = "19b10000-9002-537e-4f6c-d104768a1214";         // u32, ppm
constexpr char GAS[] = "19b10000-9003-537e-4f6c-d104768a1214";         // u32, ohm
constexpr char NH3[] = "19b10000-9004-537e-4f6c-d104768a1214";         // u32, as the converter has it

constexpr char NAME[] = "NiclaSenseME-";
constexpr uint32_t WARM_UP_MS = 5UL * 60 * 1000; // the gas sensor's plate and its algorithm

struct Packed {
  uint8_t bytes[4];
  int length; // 0: nothing is known
};

inline Packed nothing() { return {{0, 0, 0, 0}, 0}; }

inline Packed u32(uint32_t value) {
  Packed packed = nothing();
  for (int i = 0; i < 4; i++) packed.bytes[i] = static_cast<uint8_t>(value >> (8 * i));
  packed.length = 4;
  return packed;
}

inline Packed f32(float value, float low, float high) {
  if (!std::isfinite(value) || value < low || value > high) return nothing();
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return u32(bits);
}

inline Packed temperature(float celsius) { return f32(celsius, -40.0f, 85.0f); }

inline Packed pressure(float hpa) { return f32(hpa, 300.0f, 1250.0f); }

inline Packed humidity(float percent) {
  if (!std::isfinite(percent) || percent < 0.0f || percent > 100.0f) return nothing();
  return {{static_cast<uint8_t>(percent + 0.5f), 0, 0, 0}, 1};
}

// What comes from the gas sensor counts once it is warm, and once its algorithm trusts itself (accuracy above 0).
inline bool is_warm(uint32_t up_ms, uint8_t accuracy) { return up_ms >= WARM_UP_MS && accuracy > 0; }

inline Packed co2(uint32_t ppm, bool warm) { return warm && ppm > 0 && ppm <= 1000000 ? u32(ppm) : nothing(); }

inline Packed gas(uint32_t ohm, uint32_t up_ms) { return up_ms >= WARM_UP_MS && ohm > 0 ? u32(ohm) : nothing(); }

inline Packed nh3(int raw) { return raw >= 0 && raw <= 65535 ? u32(static_cast<uint32_t>(raw)) : nothing(); }

// NiclaSenseME-XXXX: the last two bytes of its address, as "fb:89:eb:22:95:84" has them.
inline void local_name(const char *address, char name[sizeof NAME + 4]) {
  size_t length = strlen(address);
  unsigned high = 0, low = 0;
  if (length >= 5) sscanf(address + length - 5, "%2x:%2x", &high, &low);
  snprintf(name, sizeof NAME + 4, "%s%02X%02X", NAME, high & 0xFF, low & 0xFF);
}

} // namespace befresh
