import { createRoot } from "react-dom/client";
import "./styles.css";
import { LanguageProvider } from "./texts/language";
import { App } from "./views/App";
import { keepDroppedFilesOut } from "./views/dropping";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
keepDroppedFilesOut(window);
createRoot(root).render(
  <LanguageProvider>
    <App />
  </LanguageProvider>,
);
