// A photo goes on its way as soon as it is taken, and no larger than it is read: phones make ten times as much.
"use strict";
(() => {
  const LONGEST = 2560, form = document.getElementById("shoot"), wait = form.querySelector(".wait");

  form.addEventListener("change", async event => {
    const field = event.target;
    if (!field.files.length) return;
    busy(true);
    const photos = new DataTransfer();
    for (const file of field.files) photos.items.add(await smaller(file));
    field.files = photos.files;
    if (document.body.classList.contains("lost")) { form.reset(); busy(false); return; }
    form.submit();
  });

  // What the browser cannot decode is sent as it is: the fridge says what is wrong with it.
  async function smaller(file) {
    try {
      const picture = await createImageBitmap(file), side = Math.max(picture.width, picture.height);
      const canvas = document.createElement("canvas"), factor = Math.min(1, LONGEST / side);
      canvas.width = Math.round(picture.width * factor);
      canvas.height = Math.round(picture.height * factor);
      const brush = canvas.getContext("2d");
      brush.fillStyle = "#fff";
      brush.fillRect(0, 0, canvas.width, canvas.height);
      brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const small = await new Promise(done => canvas.toBlob(done, "image/jpeg", 0.9));
      return small.size < file.size || factor < 1 ? new File([small], "photo.jpg", { type: "image/jpeg" }) : file;
    } catch { return file; }
  }

  function busy(on) {
    form.toggleAttribute("aria-busy", on);
    wait.hidden = !on;
  }
  addEventListener("pageshow", () => { form.reset(); busy(false); });
})();
