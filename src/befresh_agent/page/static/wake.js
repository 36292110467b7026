// Recordings of a phone, in whatever format, become WAV files of 16 kHz before they are sent: the fridge reads nothing else.
"use strict";
(() => {
  const RATE = 16000, form = document.getElementById("teach");
  form?.addEventListener("submit", async event => {
    const field = form.elements.recordings;
    if (!field.files.length || form.dataset.ready) return;
    event.preventDefault();
    try {
      const files = new DataTransfer();
      for (const file of field.files) files.items.add(new File([wav(await samples(file))], file.name + ".wav"));
      field.files = files.files;
      form.dataset.ready = "yes";
      form.submit();
    } catch { field.setCustomValidity(form.dataset.sounds); field.reportValidity(); field.setCustomValidity(""); }
  });

  async function samples(file) {
    const decoder = new OfflineAudioContext(1, RATE, RATE);
    const sound = await decoder.decodeAudioData(await file.arrayBuffer());  // brings it to the decoder's rate
    const mixed = new Float32Array(sound.length);
    for (let channel = 0; channel < sound.numberOfChannels; channel++)
      sound.getChannelData(channel).forEach((value, at) => mixed[at] += value / sound.numberOfChannels);
    return mixed;
  }

  function wav(values) {
    const bytes = new DataView(new ArrayBuffer(44 + 2 * values.length));
    const text = (at, word) => [...word].forEach((letter, place) => bytes.setUint8(at + place, letter.charCodeAt(0)));
    const whole = (at, number) => bytes.setUint32(at, number, true), half = (at, number) => bytes.setUint16(at, number, true);
    text(0, "RIFF"); whole(4, 36 + 2 * values.length); text(8, "WAVEfmt "); whole(16, 16); half(20, 1); half(22, 1);
    whole(24, RATE); whole(28, 2 * RATE); half(32, 2); half(34, 16); text(36, "data"); whole(40, 2 * values.length);
    values.forEach((value, at) => bytes.setInt16(44 + 2 * at, Math.max(-1, Math.min(1, value)) * 32767, true));
    return bytes.buffer;
  }
})();
