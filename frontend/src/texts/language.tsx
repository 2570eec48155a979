/** Which language the page speaks: the one chosen before, else the browser's, else English. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { en, type Texts } from "./en";
import { vi } from "./vi";

const LANGUAGES = { en, vi } as const;
export type Language = keyof typeof LANGUAGES;

interface Speech {
  readonly texts: Texts;
  readonly language: Language;
  readonly speak: (language: Language) => void;
}

const Speaking = createContext<Speech>({ texts: en, language: "en", speak: () => {} });

export const useSpeech = () => useContext(Speaking);
export const useTexts = () => useContext(Speaking).texts;

export function chooseLanguage(kept: string | null, wanted: readonly string[]): Language {
  const tongues = [kept ?? "", ...wanted].map((tag) => tag.split("-")[0]);
  return tongues.find((tongue): tongue is Language => tongue !== undefined && tongue in LANGUAGES) ?? "en";
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const kept = localStorage.getItem("riffle.language");
  const [language, setLanguage] = useState(() => chooseLanguage(kept, navigator.languages));
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const speech = useMemo(() => {
    const speak = (chosen: Language) => {
      localStorage.setItem("riffle.language", chosen);
      setLanguage(chosen);
    };
    return { texts: LANGUAGES[language], language, speak };
  }, [language]);
  return <Speaking value={speech}>{children}</Speaking>;
}

export function LanguageChoice() {
  const { language, speak } = useSpeech();
  const other: Language = language === "en" ? "vi" : "en";
  return (
    <button type="button" className="quiet" lang={other} onClick={() => speak(other)}>
      {LANGUAGES[other].language}
    </button>
  );
}
