// A smart container: an Arduino Nicla Sense ME that tells what it measures to whoever connects, and sleeps in between.
//
// Board: "Arduino Nicla Sense ME" (Arduino Mbed OS Nicla Boards). Libraries: ArduinoBLE, Arduino_BHY2.
// The serial monitor (115200) prints its address once, for the code on its lid.

#include <ArduinoBLE.h>
#include <Arduino_BHY2.h>
#include <Nicla_System.h>

#include "packing.h"

constexpr uint32_t MEASURE_MS = 30UL * 1000;
constexpr float SAMPLES_PER_S = 1;                 // the libraries' default is a thousand, which empties the battery
constexpr uint32_t LONGEST_VISIT_MS = 60UL * 1000; // a fridge reads in seconds; whoever stays is sent away
constexpr uint16_t ADVERTISE_EVERY = 1600;         // in 0.625 ms: once a second, as the battery has to last
constexpr uint32_t POLL_MS = 100;
constexpr int NH3_PIN = A0;                        // an analogue ammonia sensor, where there is one
constexpr bool HAS_NH3 = true;

Sensor temperature(SENSOR_ID_TEMP);
Sensor humidity(SENSOR_ID_HUM);
Sensor pressure(SENSOR_ID_BARO);
Sensor gas(SENSOR_ID_GAS);
SensorBSEC bsec(SENSOR_ID_BSEC);

BLEService service(befresh::SERVICE);
BLECharacteristic temperatureValue(befresh::TEMPERATURE, BLERead, 4);
BLECharacteristic humidityValue(befresh::HUMIDITY, BLERead, 4);
BLECharacteristic pressureValue(befresh::PRESSURE, BLERead, 4);
BLECharacteristic co2Value(befresh::CO2, BLERead, 4);
BLECharacteristic gasValue(befresh::GAS, BLERead, 4);
BLECharacteristic nh3Value(befresh::NH3, BLERead, 4);
BLECharacteristic *const values[] = {&temperatureValue, &humidityValue, &pressureValue, &co2Value, &gasValue, &nh3Value};

uint32_t measuredAt = 0;
uint32_t connectedAt = 0;

void say(BLECharacteristic &characteristic, const befresh::Packed &packed) {
  characteristic.writeValue(packed.bytes, packed.length);
}

// A sensor that has not spoken yet has the value 0, which nobody measured.
befresh::Packed known(SensorClass &sensor, const befresh::Packed &packed) {
  return sensor.dataAvailable() ? packed : befresh::nothing();
}

void measure() {
  const uint32_t up = millis();
  say(temperatureValue, known(temperature, befresh::temperature(temperature.value())));
  say(humidityValue, known(humidity, befresh::humidity(humidity.value())));
  say(pressureValue, known(pressure, befresh::pressure(pressure.value())));
  say(co2Value, known(bsec, befresh::co2(bsec.co2_eq(), befresh::is_warm(up, bsec.accuracy()))));
  say(gasValue, known(gas, befresh::gas(static_cast<uint32_t>(gas.value()), up)));
  say(nh3Value, HAS_NH3 ? befresh::nh3(analogRead(NH3_PIN)) : befresh::nothing());
}

void onConnect(BLEDevice) { connectedAt = millis(); }

// Without Bluetooth a container is of no use: it starts over instead of waiting for somebody who opens it.
void startOver() {
  delay(2000);
  NVIC_SystemReset();
}

void setup() {
  Serial.begin(115200);
  nicla::begin();
  nicla::leds.begin();
  nicla::leds.setColor(off);
  if (!BHY2.begin(NICLA_STANDALONE)) startOver();
  SensorClass *const sensors[] = {&temperature, &humidity, &pressure, &gas, &bsec};
  for (SensorClass *sensor : sensors) sensor->begin(SAMPLES_PER_S);
  if (!BLE.begin()) startOver();

  static char name[sizeof befresh::NAME + 4];
  const String address = BLE.address();
  befresh::local_name(address.c_str(), name);
  Serial.println(address);
  BLE.setLocalName(name);
  BLE.setDeviceName(name);
  BLE.setAdvertisedService(service);
  BLE.setAdvertisingInterval(ADVERTISE_EVERY);
  BLE.setEventHandler(BLEConnected, onConnect);
  for (BLECharacteristic *value : values) service.addCharacteristic(*value);
  BLE.addService(service);
  measure();
  BLE.advertise(); // goes on by itself after every visit
}

void loop() {
  BHY2.update();
  BLE.poll(POLL_MS); // sleeps until somebody wants something; BHY2.update(POLL_MS) does not, without its own Bluetooth
  const uint32_t now = millis();
  if (now - measuredAt >= MEASURE_MS) {
    measuredAt = now;
    measure();
  }
  if (BLE.connected() && now - connectedAt >= LONGEST_VISIT_MS) BLE.disconnect();
}
