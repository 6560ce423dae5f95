// Says of each picture that it is being drawn, until it is there; the line for who runs no scripts goes.

for (const each of document.querySelectorAll(".drawn")) {
  const picture = each.querySelector("img");
  if (picture.complete) continue;
  each.classList.add("waits");
  for (const end of ["load", "error"]) picture.addEventListener(end, () => each.classList.remove("waits"), { once: true });
}
document.getElementById("drawing")?.remove();
