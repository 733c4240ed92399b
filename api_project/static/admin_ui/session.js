"use strict";
// On every page: forget what a form has kept in this browser once it is saved, and everything at sign-out.
// Other tabs that are open keep theirs until another user signs in.
{
  const PREFIX = "admin-draft:";
  const SUBMITTED = "admin-submitted";
  const SIGNED_OUT = "admin-signed-out";
  const USER = "admin-user";
  const DAYS = 30;
  const { user } = document.currentScript.dataset;

  const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

  const isOld = (key) => {
    try {
      return Date.now() - Date.parse(JSON.parse(localStorage.getItem(key)).at) > DAYS * 86_400_000;
    } catch {
      return true;
    }
  };

  try {
    const submitted = sessionStorage.getItem(SUBMITTED);
    sessionStorage.removeItem(SUBMITTED);
    if (submitted && document.querySelector(".messagelist .success")) localStorage.removeItem(submitted);
    keys().filter(isOld).forEach((key) => localStorage.removeItem(key));
    if (user) {
      keys().filter((key) => !key.startsWith(`${PREFIX}${user}:`)).forEach((key) => localStorage.removeItem(key));
      localStorage.setItem(USER, user);
    }
    const signOut = () => (document.documentElement.dataset.signedOut = "true");
    document.getElementById("logout-form")?.addEventListener("submit", () => {
      signOut();
      keys().forEach((key) => localStorage.removeItem(key));
      localStorage.setItem(SIGNED_OUT, new Date().toISOString());
    });
    // A page of the user before keeps nothing more.
    addEventListener("storage", ({ key, newValue }) => key === USER && newValue !== user && signOut());
  } catch {
    // A browser that refuses storage keeps nothing.
  }
}
