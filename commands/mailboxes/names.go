package mailboxes

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// names has the names that servers and mail programs give to the mailboxes of each role, the most likely first. They
// are from Outlook and Exchange, Gmail, Apple Mail, Thunderbird, Roundcube, Horde, GMX, Orange, NetEase and others.
// Case, spaces, dots and hyphens do not count.
var names = [roles][]string{
	Drafts: {
		"Drafts", "Draft", "Entwürfe", "Entwurf", "Brouillons", "Brouillon", "Borradores", "Borrador", "Esborranys", "Rascunhos", "Rascunho", "Bozze", "Bozza", "Concepten", "Concept",
		"Utkast", "Kladder", "Kladde", "Luonnokset", "Kopie robocze", "Szkice", "Wersje robocze", "Robocze", "Koncepty", "Rozepsané", "Rozpísané", "Piszkozatok", "Piszkozat", "Ciorne", "Schițe", "Nacrti", "Skice", "Osnutki",
		"Juodraščiai", "Melnraksti", "Mustandid", "Черновики", "Черновик", "Чернетки", "Чернови", "Нацрти", "Πρόχειρα", "Taslaklar", "Taslak", "Drög",
		"下書き", "草稿", "草稿箱", "草稿匣", "草稿夹", "임시보관함", "임시 보관함", "초안", "טיוטות", "المسودات", "مسودات", "پیش\u200cنویس\u200cها", "پیش نویس ها", "Draf", "Thư nháp", "Bản nháp", "จดหมายร่าง", "ร่างจดหมาย", "แบบร่าง", "ड्राफ़्ट",
		"Kladd", "Vázlatok", "Bản thảo", "ฉบับร่าง", "Konsep", "Konsepte", "Zirriborroak", "Чарнавікі", "Layihələr", "Սևագրեր", "მონახაზები", "খসড়া", "प्रारूप", "Mesazhe të padërguara", "Жобалар",
	},
	Sent: {
		"Sent", "Sent Items", "Sent Messages", "Sent Mail", "Sent-Mail", "Gesendet", "Gesendete Elemente", "Gesendete Objekte", "Gesendete Nachrichten", "Gesendete Mails", "Versendet",
		"Envoyés", "Éléments envoyés", "Messages envoyés", "Objets envoyés", "Courrier envoyé", "Mails envoyés", "Enviados", "Elementos enviados", "Mensajes enviados", "Correo enviado", "Correos enviados", "Elements enviats", "Enviats", "Correu enviat",
		"Itens enviados", "Mensagens enviadas", "E-mails enviados", "Enviadas", "Enviado", "Inviati", "Inviata", "Posta inviata", "Elementi inviati", "Messaggi inviati", "Verzonden", "Verzonden items", "Verzonden berichten", "Verstuurd",
		"Skickat", "Skickade", "Skickade meddelanden", "Skickade objekt", "Sendt", "Sendte elementer", "Sendt post", "Sendte", "Sendte meldinger", "Sendt e-post", "Lähetetyt", "Lähetetyt viestit", "Lähetetyt kohteet",
		"Wysłane", "Elementy wysłane", "Wysłano", "Odeslané", "Odeslaná pošta", "Odeslané zprávy", "Odoslané", "Odoslaná pošta", "Odoslané správy", "Elküldött", "Elküldött elemek", "Elküldött levelek", "Elküldött üzenetek", "Trimise", "Elemente trimise", "Mesaje trimise",
		"Poslano", "Poslane poruke", "Poslane stavke", "Poslata", "Poslani predmeti", "Išsiųsti", "Išsiųsti elementai", "Išsiųstieji", "Nosūtītie vienumi", "Nosūtītās", "Nosūtīts", "Saadetud", "Saadetud üksused", "Saadetud kirjad",
		"Отправленные", "Отправленное", "Надіслані", "Відправлені", "Изпратени", "Изпратени елементи", "Послато", "Послате ставке", "Απεσταλμένα", "Gönderilmiş Öğeler", "Gönderilenler", "Gönderilmiş", "Gönderilmiş Postalar",
		"送信済み", "送信済みアイテム", "送信済みメール", "送信済みトレイ", "已发送", "已发送邮件", "已发邮件", "已傳送", "已傳送的郵件", "寄件備份", "寄件備份匣", "已寄出", "보낸편지함", "보낸 편지함", "보낸메일함", "보낸 메일함",
		"פריטים שנשלחו", "דואר שנשלח", "נשלח", "العناصر المرسلة", "المرسلة", "البريد المرسل", "الرسائل المرسلة", "ارسال شده", "ارسال\u200cشده", "Item Terkirim", "Terkirim", "Pesan terkirim", "Thư đã gửi", "Mục đã gửi", "Đã gửi", "รายการที่ถูกส่ง", "จดหมายที่ส่งแล้ว", "ส่งแล้ว", "भेजे गए", "भेजा गया मेल",
		"Elküldöttek", "Expediate", "Gesendete", "Σταλθέντα", "Nosūtītās ziņas", "Poslané", "Испратено", "Пасланыя", "נשלחו", "موارد ارسال شده", "भेजा गया", "已发信息", "발신 메시지", "Të dërguara", "Dihantar", "Göndərilənlər", "გაგზავნილი", "Ուղարկված", "প্রেরিত", "Gestuur", "Sänt", "Sända poster", "Bidalita",
	},
	Archive: {
		"Archive", "Archives", "Archived", "Archiv", "Archivierte Elemente", "Archivo", "Arxiu", "Arquivo", "Arquivo Morto", "Arquivados", "Archivio", "Archief", "Arkiv", "Arkisto", "Archiwum", "Archív", "Archívum", "Arhivă", "Arhiva", "Arhiv",
		"Archyvas", "Arhīvs", "Arhiiv", "Архив", "Архів", "Архива", "Αρχείο", "Αρχειοθήκη", "Arşiv", "アーカイブ", "归档", "存档", "封存", "보관", "보관함", "ארכיון", "الأرشيف", "أرشيف", "بایگانی", "Arsip", "Lưu trữ", "ที่เก็บถาวร",
	},
	Junk: {
		"Junk", "Spam", "Junk E-mail", "Junk Email", "Junk Mail", "Bulk", "Bulk Mail", "Spamverdacht", "Junk-E-Mail", "Unerwünscht", "Unerwünschte Werbung", "Courrier indésirable", "Indésirables", "Pourriel", "Pourriels", "QUARANTAINE", "Correo no deseado", "No deseado", "Correo basura", "Correu brossa", "Correu no desitjat",
		"Lixo eletrônico", "Lixo Eletrónico", "E-mail de lixo", "Correio não solicitado", "Posta indesiderata", "Indesiderata", "Ongewenste e-mail", "Ongewenst", "Ongewenste post", "Skräppost", "Uønsket e-mail", "Uønsket mail", "Uønsket post", "Søppelpost", "Søppel e-post", "Roskaposti",
		"Wiadomości-śmieci", "Niechciane", "Nevyžádaná pošta", "Nevyžádané", "Nevyžiadaná pošta", "Levélszemét", "Kéretlen", "Mesaje nedorite", "E-mail nedorit", "Neželjena pošta", "Bezvrijedna pošta", "Neželena pošta", "Vsiljena pošta", "Nepageidaujami laiškai", "Šlamštas", "Nepageidaujamas el. paštas", "Mēstules", "Nevēlamais e-pasts", "Rämpspost", "Rämps",
		"Нежелательная почта", "Спам", "Небажана пошта", "Нежелана поща", "Нежељена пошта", "Ανεπιθύμητα", "Ανεπιθύμητη αλληλογραφία", "Önemsiz", "Önemsiz E-posta", "İstenmeyen", "İstenmeyen Posta", "Istenmeyen", "Ruslpóstur",
		"迷惑メール", "ジャンクメール", "垃圾邮件", "广告邮件", "垃圾郵件", "垃圾郵件匣", "廣告郵件", "정크 메일", "스팸메일함", "스팸 메일함", "스팸편지함", "스팸", "דואר זבל", "ספאם", "البريد غير الهام", "البريد العشوائي", "بريد مزعج", "رسائل غير مرغوبة", "هرزنامه", "Email Sampah", "Thư rác", "Email rác", "อีเมลขยะ", "จดหมายขยะ", "स्पैम",
		"Spamowanie", "الرسائل العشوائية", "สแปม", "垃圾電郵",
	},
	Trash: {
		"Trash", "Deleted Items", "Deleted Messages", "Deleted", "Bin", "Recycle Bin", "Wastebasket", "Gelöschte Elemente", "Gelöscht", "Gelöschte Objekte", "Papierkorb", "Gelöschte Nachrichten", "Corbeille", "Éléments supprimés", "Messages supprimés", "Supprimés", "Poubelle",
		"Papelera", "Elementos eliminados", "Eliminados", "Mensajes eliminados", "Papelera de reciclaje", "Elements suprimits", "Paperera", "Lixeira", "Itens excluídos", "Itens Eliminados", "Lixo", "Mensagens excluídas", "Excluídos", "Cestino", "Posta eliminata", "Elementi eliminati", "Eliminata", "Messaggi eliminati",
		"Prullenbak", "Prullenmand", "Verwijderde items", "Verwijderd", "Verwijderde berichten", "Papperskorgen", "Borttaget", "Borttagna objekt", "Borttagna", "Raderat", "Papirkurv", "Slettet post", "Slettede elementer", "Slettet", "Papirkurven", "Søppelkurv", "Søppel", "Slettede", "Roskakori", "Poistetut", "Poistetut viestit", "Poistetut kohteet",
		"Kosz", "Elementy usunięte", "Usunięte", "Koš", "Odstraněná pošta", "Smazané", "Odstránené položky", "Kôš", "Odstránená pošta", "Törölt elemek", "Lomtár", "Kuka", "Törölt levelek", "Törölt", "Coș de gunoi", "Elemente șterse", "Gunoi", "Șterse", "Smeće", "Otpad", "Izbrisane stavke", "Obrisano", "Koš za smeti", "Smetnjak", "Izbrisano", "Izbrisani elementi",
		"Šiukšlinė", "Šiukšliadėžė", "Panaikinti elementai", "Atkritne", "Dzēstie vienumi", "Prügikast", "Prügi", "Kustutatud üksused", "Удаленные", "Удалённые", "Корзина", "Удаленное", "Кошик", "Видалені", "Видалені елементи", "Кошче", "Изтрити елементи", "Изтрити", "Отпад", "Κάδος", "Κάδος απορριμμάτων", "Διαγραμμένα", "Απορρίμματα", "Çöp Kutusu", "Çöp", "Silinmiş Öğeler", "Silinenler", "Silinmiş",
		"ゴミ箱", "ごみ箱", "削除済みアイテム", "削除済み", "已删除", "已删除邮件", "回收站", "废件箱", "刪除的郵件", "已刪除", "垃圾桶", "資源回收筒", "已刪除的郵件", "휴지통", "지운 편지함", "지운편지함", "삭제된 항목", "אשפה", "פריטים שנמחקו", "سلة المهملات", "العناصر المحذوفة", "المهملات", "المحذوفة", "زباله\u200cدان", "حذف شده", "Sampah", "Item Terhapus", "Kotak Sampah", "Thùng rác", "Mục đã xóa", "Đã xóa", "ถังขยะ", "รายการที่ถูกลบ", "ट्रैश",
		"Articole șterse", "Elementos borrados", "Itens apagados", "Item dipadam", "Pesan terhapus", "Praht", "Odstraněné položky", "Slettede beskeder", "Usunięte wiadomości", "Vymazané správy", "Жойылғандар", "موارد حذف شده", "รายการที่ลบ", "已刪除項目",
	},
}

// rank says which role a name in the table suggests, and how strongly. The lower the place, the more likely the role.
type rank struct {
	role  Role
	place int
}

// byName maps the results of fold to the names' ranks.
var byName = func() map[string]rank {
	table := map[string]rank{}
	for r, list := range names {
		for i, n := range list {
			if f := fold(n); table[f].role == NoRole {
				table[f] = rank{Role(r), i}
			}
		}
	}
	return table
}()

// fold returns the same string for names that a person considers equal.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \u00a0-_.\u200c'’", r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(name)))
}
