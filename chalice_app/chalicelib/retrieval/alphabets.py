"""What languages are told apart by: their commonest words, their own letters, their scripts."""

COMMON = {
    "en": "the of and to is was for with that are from by this be which or an were not have has had his"
    " their it its been they you your what who when where how why did does do can will would"
    " there these he she if about should as at on but we than then into a in no more all also"
    " could must may only such between after most some other",
    "vi": "của và là có được không những các người trong với một cho này đã để khi từ như ở nào gì đó"
    " về bị tại đến ra vào năm theo nhiều sau trên cũng phải hay làm thì mà bởi ai bao nhiêu đâu"
    " sẽ rằng việc bằng thể hoặc cách tôi bạn họ sự thế mới nên lại cần",
    "fr": "le la les des et est une dans pour que qui pas sur avec par au du sont ce cette il elle nous"
    " vous aux ou mais plus été ont leur ses quel quelle où comment pourquoi combien se être"
    " avoir fait en ne un de à a n l d lors peut comme aucune vers aussi même entre deux après"
    " non",
    "de": "der die das und ist nicht ein eine mit von zu den für auf dem des im sich auch als wird sind"
    " wurde nach bei oder einer aus wie wer wann wo warum kann hat aber durch über werden zur zum"
    " welche an es war in sie keine kein nur einem einen eines wenn noch mehr sein konnte unter"
    " vor",
    "es": "el los las que y del una por con para es se en un como su al más pero fue este esta son ha"
    " qué cómo cuándo dónde quién cuál cuántos entre cuando muy sin sobre también no lo han desde"
    " está puede de la a o ya debe según donde hasta todo otros ser hay ante",
    "pt": "o os as que e do da em um uma para com não por mais dos das se na no ao como foi são é seu"
    " sua ou quando muito nos já também pelo pela até isso ele ela qual quem onde quantos quais"
    " está pode você de a mas tem ser há pelos sobre entre depois sem seus",
    "it": "il di che è la per un in una sono con non del della dei delle si da nel alla gli le anche"
    " come più questo questa ha al dal sul tra ma chi quando dove perché quale quanti essere"
    " stato lo nella viene può i o a e l su nell all dell stata stati loro dopo prima",
    "nl": "de het een en van ik te dat die in op zijn met voor niet is was aan er ook als door maar"
    " naar bij om dan nog uit wordt werd deze hoe wie wat waar wanneer waarom hebben heeft worden"
    " over kan of geen dit u tot kon hij zij wel meer alleen tussen na",
    "sv": "och att det som en på är av för med den till inte har de ett om var jag men sig från vi så"
    " kan när vad vem hur varför vilken vilka eller efter blev under där också denna detta hade"
    " du bli mellan i vid kunde måste in ut bara mycket sedan sina",
    "da": "og i at det er en til af som på de med den der ikke et for har jeg var men sig fra vi kan"
    " når hvad hvem hvordan hvorfor hvilken eller efter blev hvor også denne dette havde blive"
    " mellem ud mod nogle ved kunne skal ingen under kun bliver hvis mere alle andre end",
    "nb": "og i å det er en til av som på de med den ikke et for har jeg var men seg fra vi kan når hva"
    " hvem hvordan hvorfor hvilken eller etter ble hvor også denne dette hadde bli mellom ut mot"
    " noen ved skal ingen under kun blir hvis mer alle andre enn",
    "fi": "ja on ei että se oli mutta kun hän ovat joka mitä tai myös kuin niin sen tämä olla ole vain"
    " jos kuka milloin missä miksi miten kuinka mikä jälkeen mukaan voi sekä jonka ollut hänen"
    " vuonna ne joita eivät jo liian sitä tämän kanssa kautta heidän",
    "pl": "i w nie na się z do to że jest o jak ale po co za przez od dla tym są był była było który"
    " która które oraz kto kiedy gdzie dlaczego ile jego jej może tego przy lub czy ze być ich"
    " został jako można tylko już brak podczas więc gdy przed bardzo",
    "cs": "a je se v na že to s z do i o by ale jako za pro který která které jsou byl byla bylo kdo"
    " kdy kde proč jak co podle při nebo může jeho však také aby tak po od ve jsem než už není"
    " být před má musí již jen u k byly během mezi",
    "sk": "a je sa v na že to s z do aj o by ale ako za pre ktorý ktorá ktoré sú bol bola bolo kto kedy"
    " kde prečo čo podľa pri alebo môže jeho však tiež aby tak po od vo som než už nie byť pred"
    " má musí iba k no boli počas medzi keď",
    "hu": "a az és hogy nem is egy volt ez meg de csak van mint el azt ki mi már még vagy ha lesz kell"
    " után mikor hol miért hogyan melyik mennyi között szerint által pedig amely lehet minden"
    " nagyon ezek azok s nincs át túl azonban mely akkor így",
    "ro": "și de la în a cu pe că nu este o un din pentru mai sunt care sau fost ce prin dar se au lui"
    " cel cine când unde cum câți până după între fi al ale această acest să îi lor dacă poate s"
    " ca trebuie există are doar foarte fiind",
    "tr": "ve bir bu için ile de da ne olarak daha çok gibi olan kadar sonra ki en var değil mi ya ama"
    " her o kim nerede nasıl neden hangi kaç ise veya göre tarafından olduğu yıl ilk iki arasında"
    " zaman etti oldu yok içinde ancak olup üzere bunu sadece",
    "id": "yang dan di dengan untuk pada ini itu dari adalah ke dalam tidak akan oleh juga atau sebagai"
    " telah dapat karena apa siapa kapan mana bagaimana mengapa berapa ada mereka saya tahun"
    " lebih bisa sudah tak bukan anda tapi tetapi bagi suatu antara seperti kami",
    "hr": "i je u se na da su za od s ne koji koja koje a to kao o po iz bio bila bilo ili tko kada"
    " gdje zašto kako što prema nakon može između biti sam ali te nije ako samo već još bi ga"
    " nema pri unutar više sve ima kod ova ovo",
    "sl": "in je v na se da so za ki pa z ne s bil bila bilo od po pri kot tudi ali kdo kdaj kje zakaj"
    " kako kaj kateri katera med lahko ko iz do sem ni bi če ter še ta že le mora bo tako kjer"
    " pred več ima",
    "lt": "ir yra į kad su iš ne buvo tai kaip bet ar už nuo apie po jo jos kas kur kodėl kada kuris"
    " kuri iki pagal taip pat būti gali kai tik dėl šis ši nėra arba negali jau turi per prie bei"
    " tačiau",
    "lv": "un ir ka no uz par ar tas bija kā bet vai pēc līdz kas kur kāpēc kad kurš kura var būt nav"
    " arī pie šī šis to viņš viņa gadā lai tika nevar tikai jau priekš ja ko viņi tiek gan",
    "et": "ja on ei et oli see ta kui ka mis oma aga või kes kus miks millal kuidas milline pärast kuni"
    " siis nii ning olid olla tema nende aastal mida võib selle pole jaoks ole liiga saab kõik"
    " olnud",
    "ca": "el la els les de i que és en un una per amb no del dels al com més però va ser són aquest"
    " aquesta qui quan on què quina quin també ha han seva seu entre fins als pel l d a es se o"
    " pot està cap hi fou aquests",
    "ru": "и в не на что с по это как из у за от для то все так его но она он был была были или где"
    " когда кто почему какой сколько при после года также может о к а же бы до их быть только"
    " является нет уже можно если том со",
    "uk": "і в не на що з по це як із у за від для та все так його але вона він був була були або де"
    " коли хто чому який скільки при після року також може є до їх й про які якого немає можна"
    " бути лише має під щоб цього",
    "bg": "и в не на че с по това как от за да се е са но той тя беше или къде кога кой защо какво"
    " колко при след година също може ще до те си със които който бъде само трябва няма към чрез"
    " във а",
    "sr": "и у не на што са по то како из за од да се је су али он она био била или где када ко зашто"
    " који колико при након године такође може о до их које која није само већ нема као бити више"
    " без због",
    "be": "і ў не на што з па гэта як із у за ад для каб ён яна быў была былі або дзе калі хто чаму які"
    " колькі пры пасля года таксама можа да іх яго але аб толькі мае ужо гэты быць",
    "ar": "في من على إلى أن هذا هذه التي الذي كان مع عن ما لا أو بعد قبل كل هل متى أين كيف لماذا كم هو"
    " هي ذلك بين كانت وقد إن تم عند حتى و غير لم ليس أي لها له خلال ثم قد أنه",
    "fa": "و در به از که این با را است برای آن یک بود شد خود تا بر می هم نیز ها یا چه کجا چرا چگونه چند"
    " کرد شده باید بین پس هر آنها ای شود نمی نیست دارد هیچ های روی",
    "ur": "کے کی میں ہے اور سے کا کو پر نے یہ کہ وہ تھا ہیں بھی ایک کیا کب کہاں کیوں کیسے اس تھے لیے"
    " گیا ہو سکتا بعد",
    "hi": "के है में की और से का को पर ने यह कि वह था हैं भी एक क्या कब कहाँ क्यों कैसे इस थे लिए गया"
    " हो सकता बाद जो नहीं या कर करने किया कोई साथ जा रूप अपने करता हुआ",
    "mr": "आणि आहे च्या मध्ये हे तो ती ते या व होते होता काय कधी कुठे का कसे की नाही एक आहेत साठी पण"
    " म्हणून झाला किंवा झाले परंतु केले पासून असे त्या",
    "ne": "र छ को मा हो यो त्यो ले लाई छन् थियो पनि एक के कहिले कहाँ किन कसरी गरेको भने तर गर्न हुन्छ"
    " छैन लागि वा भयो एउटा गरेका थिए बाट",
}  # fmt: skip
"""The commonest words of languages that share their letters with others; question words are among them."""

TYPED_PLAINLY = (
    "cua duoc khong nhung cac nguoi nay nao gi la voi mot thi khi nam bao nhieu dau tai trong"
    " theo bang viec nhu truoc phai boi vao hoac cach co cho"
)
"""Vietnamese words as they are typed without diacritics, which by half are believed."""

LETTERS = {
    "ơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ": "vi",
    "ăâ": "vi ro",
    "ß": "de", "ñ¿¡": "es", "õ": "pt et", "ã": "pt", "åä": "sv fi", "å": "sv da nb", "øæ": "da nb",
    "ő": "hu", "ű": "hu", "ł": "pl", "ńśźż": "pl", "řůě": "cs", "ľĺŕ": "sk", "șțşţ": "ro tr", "ğı": "tr",
    "đćčšž": "hr sl cs sk", "ėųįū": "lt", "āēģķļņ": "lv", "œ": "fr", "ïëç": "fr nl ca",
    "ыэё": "ru be", "іїєґ": "uk", "ў": "be", "ђћџјљњ": "sr", "پچژگ": "fa ur", "ٹڈڑےںہھ": "ur", "ळ": "mr",
}  # fmt: skip
"""Letters that speak for a few of the languages only; each kind is as much as a word, shared by them."""

SCRIPTS = (
    ("ぁ", "ヿ", "ja"), ("가", "힣", "ko"), ("一", "鿿", "zh"), ("ก", "๛", "th"), ("ກ", "ໟ", "lo"),
    ("ក", "៹", "km"), ("က", "႟", "my"), ("Ͱ", "Ͽ", "el"), ("א", "ת", "he"), ("ა", "ჿ", "ka"),
    ("Ա", "֏", "hy"), ("অ", "৺", "bn"), ("அ", "௺", "ta"), ("అ", "౿", "te"), ("ಅ", "ೲ", "kn"),
    ("അ", "ൿ", "ml"), ("અ", "૱", "gu"), ("ਅ", "ੴ", "pa"), ("අ", "෴", "si"), ("ሀ", "፼", "am"),
)  # fmt: skip
"""Scripts of one language, or of one that is by far the likeliest."""
